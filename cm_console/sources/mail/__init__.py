"""Mail for every source that reads or sends some (mbox, mailman, email).

    headers     the header block of a message: who, when, which, and what it answers
    bodies      its readable text, and its attachments by name
    quoting     long quotes folded, soft line ends joined
    threads     which conversation a message belongs to
    mbox_files  the messages of an mbox file, one after the other
    places      a mail server's address, and whether it is spoken to with TLS
    connection  lines, bytes and TLS that cannot be taken away
    logins      what a refused login means
    smtp        one message on its way, so that it is known which byte was the last
    addresses   which may be written to, and which belong to machines

Nothing that reads raises anything because of what a message holds: mail is written by everybody.
"""
