"""Global Trade Item Numbers (GS1 General Specifications, 7.9: check digit calculation)."""

LENGTHS = frozenset({8, 12, 13, 14})


def is_valid_gtin(text: str) -> bool:
    """Say whether `text` is 8, 12, 13 or 14 ASCII digits with the right check digit."""
    if len(text) not in LENGTHS or not (text.isascii() and text.isdigit()):
        return False
    *digits, check = (int(digit) for digit in text)
    weighted = sum(
        digit * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))
    )
    return (10 - weighted % 10) % 10 == check
