"""Exercises of 15_deployment: numbers from strangers, how much a queue can bear, firewall rules, a judgement."""

import ipaddress
import numbers

from labkit.exercises.answers import Mistake, call, need, number
from labkit.exercises.formula import Formula, exercise, judged

_GOOD = {"1": 1, "16": 16, "7": 7, "12": 12}
_BAD = {  # what is no such number, and the hint's key where it is read as one all the same
    **dict.fromkeys(("abc", "", "-3", "0", "17", "99999999999", "9" * 5000)), "4.0": "float", "1e1": "float",
    **dict.fromkeys((" 7", "1_0", "٤", "+4", "²"), "int"), "4\n": "newline", "007": "zeros",
}


def _read_count(read):
    """read(text) -> the number as int, or, for anything but a whole number from 1 to 16, a sentence that says why."""
    for text, right in _GOOD.items():
        answer = call(read, text)
        if isinstance(answer, str):
            raise Mistake("text" if answer.strip() == text else "refused", text=text, answer=answer)
        need(isinstance(answer, numbers.Integral) and not isinstance(answer, bool) and answer == right, "other",
             text=text, answer=answer, right=right)
    for text in _BAD:
        answer = call(read, text)
        shown = text if len(text) < 20 else text[:8] + "…"
        if isinstance(answer, numbers.Real) and (_BAD[text] or text.strip("-").isdecimal()):
            raise Mistake(_BAD[text] or ("clamped" if answer in (1, 16) else "range"), text=shown, answer=answer)
        need(isinstance(answer, str) and len(answer.split()) > 1, "no_reason", text=shown, answer=answer)


exercise("15.1", _read_count)

#: Requests a second: up to which rate what was thought holds, or the mistake's key. Two cores, 12 ms, 50 ms, 99 %.
_RIGHT, _RATES = (110.5, 122.5), {
    "one": (37, 43), "one_capacity": (80, 87), "wait": (123, 128), "share": (129, 136), "mean": (150, 160.5),
    "capacity": (161, 172)}


def _rate(answer):
    value = number(lambda: answer)
    if not _RIGHT[0] <= value <= _RIGHT[1]:
        key = next((key for key, (low, high) in _RATES.items() if low <= value <= high), "value")
        raise Mistake(key if value > 1 else "unit", answer=value, more="more" if value < _RIGHT[0] else "less")


exercise("15.2", _rate)

_VISITS = [(rules, address, port)
           for rules in ([("0.0.0.0/0", 0, 65535)], [("0.0.0.0/0", 443, 443), ("203.0.113.7/32", 22, 22)],
                         [("203.0.113.0/26", 22, 22), ("198.51.96.0/20", 8000, 8080)], [])
           for address, port in (("203.0.113.7", 22), ("203.0.113.70", 22), ("203.0.113.9", 22), ("198.51.100.9", 22),
                                 ("198.51.100.9", 443), ("198.51.100.9", 8000), ("198.51.100.9", 8080),
                                 ("198.51.112.1", 8080), ("203.0.113.7", 8081), ("192.0.2.1", 0),
                                 ("192.0.2.1", 65535), ("203.0.113.63", 22))]


def _inside(network, address):
    return ipaddress.ip_address(address) in ipaddress.ip_network(network)


def _allowed(rules, address, port):
    return any(_inside(network, address) and first <= port <= last for network, first, last in rules)


def _of_three_parts(rules):
    return [(network if network.endswith("/0") else f"{network.rpartition('.')[0]}.0/24", first, last)
            for network, first, last in rules]


exercise("15.3", Formula(_VISITS, lambda rules, address, port: _allowed(rules, address, port), {
    "first_rule": lambda rules, a, p: _allowed(rules[:1], a, p),
    "last_rule": lambda rules, a, p: _allowed(rules[-1:], a, p),
    "all_rules": lambda rules, a, p: all(_inside(n, a) and lo <= p <= hi for n, lo, hi in rules),
    "last_excluded": lambda rules, a, p: any(_inside(n, a) and (lo <= p < hi or lo == p) for n, lo, hi in rules),
    "range": lambda rules, a, p: any(_inside(n, a) and p in range(lo, hi) for n, lo, hi in rules),
    "both_excluded": lambda rules, a, p: any(_inside(n, a) and lo < p < hi for n, lo, hi in rules),
    "port_only": lambda rules, a, p: any(lo <= p <= hi for _, lo, hi in rules),
    "either": lambda rules, a, p: any(_inside(n, a) or lo <= p <= hi for n, lo, hi in rules),
    "address_only": lambda rules, a, p: any(_inside(n, a) for n, _, _ in rules),
    "ends": lambda rules, a, p: any(_inside(n, a) and p in (lo, hi) for n, lo, hi in rules),
    "equal": lambda rules, a, p: any(n.split("/")[0] == a and lo <= p <= hi for n, lo, hi in rules),
    "prefix": lambda rules, a, p: any(a.startswith(n.split("/")[0].rstrip(".0")) and i <= p <= k for n, i, k in rules),
    "three_parts": lambda rules, a, p: _allowed(_of_three_parts(rules), a, p),
    "denied": lambda rules, a, p: not _allowed(rules, a, p),
}, read=lambda allowed, *visit: bool(number(allowed, *visit)),
    more=lambda rules, address, port: {"rules": rules or "(none)"}))
exercise("15.4", judged("abcde", "bd"))
