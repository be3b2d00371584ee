"""The one exception that speaks to a person instead of a programmer."""


class InputError(ValueError):
    """What came, what was wanted, what to do: one sentence. The command line prints it and exits with 2.

    Raise it for a mistake that a person can mend (a missing package, a damaged file, an impossible horizon); let every
    other exception be the bug that it is.
    """
