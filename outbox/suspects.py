"""Messages that were being sent when their process ended: bystanders, or the cause. Pure.

A process that is killed leaves messages that it was sending. That is no failure of theirs, and
costs no strike. But one of them may have ended the process (a poison message), and would do so
again for ever. What tells them apart is a trial, as in bisecting a fault:

- A message that was being sent at two ends in a row is a suspect. It waits a moment (`trial_wait`)
  in which its process works without it: a process that ends all the same was ended by something
  else, and nobody is a suspect any more (`Outbox.release_all`).
- Then it is sent while nothing else is: who is under way beside it is not blamed for it.
- One that was being sent at so many ends in a row (`RetryPolicy.ends`) is a dead letter.

An attempt that ends in any other way, a failure too, clears the message.
"""

from datetime import timedelta

#: Ends of its process in a row after which a message is a suspect, and sent while nothing else is.
SUSPECT = 2
#: How long at most a process works without a suspect before it is sent again, in seconds.
LONGEST_TRIAL = 8.0


def trial_wait(ends: int) -> timedelta:
    """Return how long a process is to live without a message before that is sent again.

    It doubles from one second with each end, so that a process that something else ends every few
    seconds ends without the message sooner or later.
    """
    if ends < SUSPECT:
        return timedelta(0)
    return timedelta(seconds=min(LONGEST_TRIAL, 2.0 ** min(ends - SUSPECT, 10)))
