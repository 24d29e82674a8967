"""Solutions of 15_deployment."""

import ipaddress


def read_count(text):
    if not (text.isascii() and text.isdecimal() and len(text) <= 2 and text == str(int(text))):
        return "n is a whole number from 1 to 16."
    if not 1 <= int(text) <= 16:
        return f"n is a whole number from 1 to 16, not {int(text)}."
    return int(text)


def allowed(rules, address, port):
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(network) and first <= port <= last
               for network, first, last in rules)


ANSWERS = {"15.1": (read_count,), "15.2": (116,), "15.3": (allowed,), "15.4": ("bd",)}
