"""Every GraphQL document the source sends; tests validate each against GitHub's official schema.

What a document costs: one point for each hundred connections it opens (5,000 points an hour), and at least one.

Of a profile we ask what costs nothing. Not `email`: a token without the scope `user:email` is refused the whole
document for it. Not `socialAccounts`: a connection for each author, and older Enterprise Servers do not know it.
"""

from __future__ import annotations

AUTHOR = """
fragment author on Actor {
  __typename login url
  ... on User { databaseId websiteUrl twitterUsername }
  ... on Bot { databaseId }
  ... on Mannequin { databaseId }
  ... on Organization { databaseId }
}
"""

COMMENT_PARTS = """
fragment comment on DiscussionComment {
  id url createdAt updatedAt lastEditedAt deletedAt isMinimized upvoteCount body bodyHTML authorAssociation
  author { ...author }
}
"""

DISCUSSION_PARTS = """
fragment discussion on Discussion {
  id number title url createdAt updatedAt lastEditedAt closed locked upvoteCount body bodyHTML authorAssociation
  author { ...author }
  category { id name slug isAnswerable }
  answerChosenAt
  answer { id }
}
"""

HEADS = """
query Heads($owner: String!, $name: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    discussions(first: $first, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        id number updatedAt title closed upvoteCount
        category { name }
        answer { id }
        comments(last: 10) {
          totalCount
          nodes { id updatedAt isMinimized replies(last: 5) { totalCount nodes { id updatedAt isMinimized } } }
        }
      }
    }
  }
}
"""
"""The discussions that moved last, and how each and its newest comments look."""

WALK = (
    """
query Walk($owner: String!, $name: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    discussions(first: $first, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        ...discussion
        comments(first: 30) {
          totalCount
          pageInfo { hasNextPage endCursor }
          nodes {
            ...comment
            replies(first: 20) { totalCount pageInfo { hasNextPage endCursor } nodes { ...comment } }
          }
        }
      }
    }
  }
}
"""
    + DISCUSSION_PARTS
    + COMMENT_PARTS
    + AUTHOR
)
"""Discussions with their words, for the first sync."""

DISCUSSION = (
    """
query Discussion($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    discussion(number: $number) {
      ...discussion
      comments(first: 50, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes {
          ...comment
          replies(first: 100) { totalCount pageInfo { hasNextPage endCursor } nodes { ...comment } }
        }
      }
    }
  }
}
"""
    + DISCUSSION_PARTS
    + COMMENT_PARTS
    + AUTHOR
)
"""One discussion with its comments."""

OPENING = (
    """
query Opening($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { discussion(number: $number) { ...discussion } }
}
"""
    + DISCUSSION_PARTS
    + AUTHOR
)
"""One discussion without its comments."""

NEWEST = (
    """
query Newest($owner: String!, $name: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    discussions(first: $first, after: $after, orderBy: {field: CREATED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      nodes { ...discussion }
    }
  }
}
"""
    + DISCUSSION_PARTS
    + AUTHOR
)
"""The discussions that were opened last: how we find our own."""

REPLIES = (
    """
query Replies($id: ID!, $after: String) {
  node(id: $id) {
    ... on DiscussionComment {
      replies(first: 100, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { ...comment } }
    }
  }
}
"""
    + COMMENT_PARTS
    + AUTHOR
)
"""More replies within the thread of one comment."""

COMMENT = (
    """
query Comment($id: ID!) {
  node(id: $id) {
    ... on DiscussionComment {
      ...comment
      replyTo { id }
      discussion { id number category { name isAnswerable } answer { id } repository { databaseId } }
    }
  }
}
"""
    + COMMENT_PARTS
    + AUTHOR
)
"""One comment of a discussion, and where it stands."""

BESIDE = (
    """
query Beside($ids: [ID!]!) {
  nodes(ids: $ids) { ... on IssueComment { databaseId isMinimized author { ...author } } }
}
"""
    + AUTHOR
)
"""What the REST API does not tell of comments on issues: which are minimised, and the profiles of who wrote them."""

CATEGORIES = """
query Categories($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    discussionCategories(first: 100) { nodes { id name slug isAnswerable } }
  }
}
"""


def _mutation(name: str, input: str, gives: str, parts: str = "") -> str:
    head = f"mutation {name[0].upper()}{name[1:]}($input: {input}!)"
    return f"{head} {{\n  done: {name}(input: $input) {{ {gives} }}\n}}\n{parts}"


_DISCUSSION = "discussion { ...discussion }", DISCUSSION_PARTS + AUTHOR
_COMMENT = "comment { ...comment }", COMMENT_PARTS + AUTHOR

ADD_COMMENT = _mutation("addDiscussionComment", "AddDiscussionCommentInput", *_COMMENT)
CREATE_DISCUSSION = _mutation("createDiscussion", "CreateDiscussionInput", *_DISCUSSION)
UPDATE_DISCUSSION = _mutation("updateDiscussion", "UpdateDiscussionInput", *_DISCUSSION)
UPDATE_COMMENT = _mutation("updateDiscussionComment", "UpdateDiscussionCommentInput", *_COMMENT)
DELETE_DISCUSSION = _mutation("deleteDiscussion", "DeleteDiscussionInput", "clientMutationId")
DELETE_COMMENT = _mutation("deleteDiscussionComment", "DeleteDiscussionCommentInput", "clientMutationId")
DELETE_ISSUE = _mutation("deleteIssue", "DeleteIssueInput", "clientMutationId")
MINIMIZE = _mutation("minimizeComment", "MinimizeCommentInput", "clientMutationId")
UNMINIMIZE = _mutation("unminimizeComment", "UnminimizeCommentInput", "clientMutationId")
CLOSE = _mutation("closeDiscussion", "CloseDiscussionInput", *_DISCUSSION)
REOPEN = _mutation("reopenDiscussion", "ReopenDiscussionInput", *_DISCUSSION)
LOCK = _mutation("lockLockable", "LockLockableInput", "clientMutationId")
UNLOCK = _mutation("unlockLockable", "UnlockLockableInput", "clientMutationId")
MARK = _mutation("markDiscussionCommentAsAnswer", "MarkDiscussionCommentAsAnswerInput", *_DISCUSSION)
UNMARK = _mutation("unmarkDiscussionCommentAsAnswer", "UnmarkDiscussionCommentAsAnswerInput", *_DISCUSSION)

DOCUMENTS = {name: value for name, value in vars().copy().items() if name.isupper() and isinstance(value, str)}
"""All of them by name, and the fragments they are made of."""
