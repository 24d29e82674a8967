"""Seconds and bytes as a person reads them."""


def duration(seconds: float | None) -> str:
    """Return for example "4.1 s", "48 s", "2 min 05 s", "3 h 10 min"; "" for None."""
    if seconds is None:
        return ""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600 and whole % 60 == 0:
        return f"{whole // 60} min"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(whole / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"


def memory(size: int | None) -> str:
    """Return bytes as "1.91 GB" (10^9 bytes); "" for None."""
    return "" if size is None else f"{size / 1e9:.2f} GB"
