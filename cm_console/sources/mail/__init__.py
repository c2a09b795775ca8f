"""Mail for every source that reads some (mbox, mailman, email): headers, bodies, quotes, threads and mbox files.

    headers     the header block of a message: who, when, which, and what it answers
    bodies      its readable text, and its attachments by name
    quoting     long quotes folded, soft line ends joined
    threads     which conversation a message belongs to
    mbox_files  the messages of an mbox file, one after the other

Nothing in here raises anything because of what a message holds: mail is written by everybody.
"""
