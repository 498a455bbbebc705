"""How many parts a text is sent in (3GPP TS 23.038): 160 septets or 70 UTF-16 units, 153 or 67 each when split."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")


def parts(text: str) -> int:
    if set(text) <= BASIC | EXTENDED:
        costs, single, split = [2 if char in EXTENDED else 1 for char in text], 160, 153
    else:
        costs, single, split = [2 if ord(char) > 0xFFFF else 1 for char in text], 70, 67
    if sum(costs) <= single:
        return 1
    count, used = 1, 0
    for cost in costs:
        if used + cost > split:
            count, used = count + 1, 0
        used += cost
    return count
