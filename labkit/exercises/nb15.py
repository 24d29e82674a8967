"""Exercises of 15_deployment: numbers from strangers, the slowest requests, firewall rules."""

import ipaddress
import math

import numpy as np

from labkit.exercises.answers import Mistake, call, number
from labkit.exercises.frame import exercise, prediction

prediction(
    "15.p1",
    question="This kernel has loaded TensorFlow and the generator. How much of its memory will a server need that "
             "computes the same pictures from the exported graph?",
    choices=("as much", "half", "a third or less"),
    because="A network that is not trained needs no gradients, no optimizers, no data pipeline and no GPU code: its "
            "weights, and a library that computes some two hundred operations forward.",
)

_GOOD = {"1": 1, "16": 16, "7": 7, "12": 12}
_BAD = ("abc", "", "4.0", "1e1", "-3", "0", "17", "99999999999", "9" * 5000, " 7", "1_0", "٤", "+4")


@exercise(
    "15.1",
    title="a number from a stranger",
    praise="An allow list: what is not a plain number from 1 to 16 is refused, with a reason.",
    hints={
        "refused": "{text!r} is a number from 1 to 16, and you refuse it ({answer!r}).",
        "other": "for {text!r} you return {answer!r} instead of the number {right}.",
        "text": "for {text!r} you return the text {answer!r}; what is computed with later must be an int.",
        "clamped": "{text!r} becomes {answer} without a word. Whoever asks for 17 pictures and gets 16 looks for the "
                   "mistake in the wrong place; refuse it, and say why.",
        "range": "{text!r} is out of range, and you return {answer!r}. From 1 to 16, both included.",
        "int": "{text!r} gets through: int() also takes spaces around, a sign, underscores and the digits of other "
               "scripts. Look at the characters first: text.isascii() and text.isdecimal().",
        "float": "{text!r} is no whole number, and you return {answer!r}. Do not go by way of float.",
        "no_reason": "for {text!r} you return {answer!r}, which says nothing. Return a sentence that says what is "
                     "expected.",
    },
)
def read_count(read):
    """read(text) -> the number as int, or, for anything but a whole number from 1 to 16, a sentence that says why."""
    for text, right in _GOOD.items():
        answer = call(read, text)
        if isinstance(answer, str):
            raise Mistake("text" if answer.strip() == text else "refused", text=text, answer=answer)
        if type(answer) is not int or answer != right:
            raise Mistake("other", text=text, answer=answer, right=right)
    for text in _BAD:
        answer = call(read, text)
        shown = text if len(text) < 20 else text[:8] + "…"
        if isinstance(answer, (int, float)) and not isinstance(answer, bool):
            if text in ("4.0", "1e1"):
                key = "float"
            elif text in (" 7", "1_0", "٤", "+4"):
                key = "int"
            elif answer in (1, 16):
                key = "clamped"
            else:
                key = "range"
            raise Mistake(key, text=shown, answer=answer)
        if not isinstance(answer, str) or len(answer.split()) < 2:
            raise Mistake("no_reason", text=shown, answer=answer)


def _sample(count, seed):
    return np.random.default_rng(seed).lognormal(2, 1, count).round(2)


_TIMES = [(_sample(200, 0), 0.99), (_sample(100, 1), 0.95), (_sample(37, 2), 0.5), (np.array([5.0]), 0.99)]


def _tail(times, share):
    return float(np.sort(times)[max(0, math.ceil(share * len(times) - 1e-9) - 1)])


_TAILS = {
    "mean": lambda t, s: t.mean(),
    "median": lambda t, s: np.median(t),
    "slowest": lambda t, s: t.max(),
    "share_of_slowest": lambda t, s: t.max() * s,
    "unsorted": lambda t, s: t[max(0, math.ceil(s * len(t) - 1e-9) - 1)],
    "descending": lambda t, s: np.sort(t)[::-1][max(0, math.ceil(s * len(t) - 1e-9) - 1)],
    "one_off": lambda t, s: np.sort(t)[min(len(t) - 1, int(s * len(t) + 1e-9))],
    "between": lambda t, s: np.percentile(t, 100 * s),
}


@exercise(
    "15.2",
    title="the slowest requests",
    praise="Of 200 requests the 99th percentile is the 198th: two may be slower. Averages hide them, and every user "
           "meets them who loads a page with a hundred pictures.",
    hints={
        "mean": "that is the mean. A few slow requests hardly move it, and they are what is asked for.",
        "median": "that is the median: half of the requests are slower.",
        "slowest": "that is the slowest of all. One hiccup in a million would decide it.",
        "share_of_slowest": "a share of the slowest time says nothing of how many requests take how long.",
        "unsorted": "you count in the order in which the requests came. Sort the times first.",
        "descending": "sorted from slow to fast, the place is counted from the wrong end.",
        "one_off": "one place too far: of 100 sorted times, 95 lie at the places 0 to 94, so the 95th percentile is at "
                   "place 94, ceil(share · n) - 1.",
        "between": "NumPy's percentile lies between two measured times, a value that no request took. Here the "
                   "smallest measured time is asked for that at least this share of the requests did not exceed.",
        "value": "of {count} times, with the share {share:g}, you say {answer:.4g}, and it is {right:.4g}.",
    },
)
def tail(percentile):
    """percentile(times, share) -> the smallest of the times that at least ``share`` of them do not exceed."""
    answers = [number(percentile, times, share) for times, share in _TIMES]
    rights = [_tail(times, share) for times, share in _TIMES]
    if np.allclose(answers, rights, rtol=1e-9):
        return
    for key, wrong in _TAILS.items():
        if np.allclose(answers, [wrong(times, share) for times, share in _TIMES], rtol=1e-9):
            raise Mistake(key)
    for answer, right, (times, share) in zip(answers, rights, _TIMES, strict=True):
        if not np.isclose(answer, right, rtol=1e-9):
            raise Mistake("value", count=len(times), share=share, answer=answer, right=right)


_REPORT = [("0.0.0.0/0", 0, 65535)]
_BETTER = [("0.0.0.0/0", 443, 443), ("203.0.113.7/32", 22, 22)]
_OFFICE = [("203.0.113.0/26", 22, 22), ("198.51.96.0/20", 8000, 8080)]
_VISITS = [(rules, address, port)
           for rules in (_REPORT, _BETTER, _OFFICE, [])
           for address, port in (("203.0.113.7", 22), ("203.0.113.70", 22), ("203.0.113.9", 22), ("198.51.100.9", 22),
                                 ("198.51.100.9", 443), ("198.51.100.9", 8000), ("198.51.100.9", 8080),
                                 ("198.51.112.1", 8080), ("203.0.113.7", 8081), ("192.0.2.1", 0),
                                 ("192.0.2.1", 65535))]


def _inside(network, address):
    return ipaddress.ip_address(address) in ipaddress.ip_network(network)


def _allowed(rules, address, port):
    return any(_inside(network, address) and first <= port <= last for network, first, last in rules)


_FIREWALLS = {
    "first_rule": lambda rules, a, p: _allowed(rules[:1], a, p),
    "all_rules": lambda rules, a, p: all(_inside(n, a) and lo <= p <= hi for n, lo, hi in rules),
    "last_excluded": lambda rules, a, p: any(_inside(n, a) and (lo <= p < hi or lo == hi == p) for n, lo, hi in rules),
    "range": lambda rules, a, p: any(_inside(n, a) and p in range(lo, hi) for n, lo, hi in rules),
    "port_only": lambda rules, a, p: any(lo <= p <= hi for _, lo, hi in rules),
    "address_only": lambda rules, a, p: any(_inside(n, a) for n, _, _ in rules),
    "ends": lambda rules, a, p: any(_inside(n, a) and p in (lo, hi) for n, lo, hi in rules),
    "equal": lambda rules, a, p: any(n.split("/")[0] == a and lo <= p <= hi for n, lo, hi in rules),
    "prefix": lambda rules, a, p: any((n == "0.0.0.0/0" or a.startswith(n.split("/")[0].rstrip("0").rstrip(".")))
                                      and lo <= p <= hi for n, lo, hi in rules),
    "three_parts": lambda rules, a, p: any((n == "0.0.0.0/0" or a.split(".")[:3] == n.split(".")[:3])
                                           and lo <= p <= hi for n, lo, hi in rules),
    "denied": lambda rules, a, p: not _allowed(rules, a, p),
}


@exercise(
    "15.3",
    title="who gets through the firewall",
    praise="Under the report's rule all 65,536 ports answer to everybody; under the better one a stranger reaches one.",
    hints={
        "first_rule": "only the first rule is looked at. Any of them may let a packet in.",
        "all_rules": "you ask for all rules at once. One that allows it is enough; without any rule nobody gets in.",
        "last_excluded": "the last port of a range is part of it: 8000 to 8080 includes 8080.",
        "range": "range(first, last) ends before last; a rule for port 22 alone, from 22 to 22, would be empty.",
        "port_only": "you never look where the packet comes from.",
        "address_only": "you never look at the port.",
        "ends": "between the first and the last port lie others: 8001 belongs to 8000 to 8080.",
        "equal": "the source is a network, not an address: 203.0.113.0/26 holds 64 addresses, 0.0.0.0/0 all of them.",
        "prefix": "comparing the texts goes wrong: 203.0.113.7 is also how 203.0.113.70 begins. /26 counts bits: "
                  "ipaddress.ip_address(a) in ipaddress.ip_network(n) compares those.",
        "three_parts": "you compare the first three numbers. That is right for /24 alone: /32 is one address, /26 a "
                       "quarter of those, /20 sixteen times as many. The ipaddress module counts the bits.",
        "denied": "you have it the wrong way round: True means that the packet gets in.",
        "value": "with the rules {rules}, {address} to port {port}: you say {answer}, and it is {right}.",
    },
)
def firewall(allowed):
    """allowed(rules, address, port) -> bool; rules: (source network, first port, last port); without one: False."""
    answers = [bool(number(allowed, list(rules), address, port)) for rules, address, port in _VISITS]
    rights = [_allowed(*visit) for visit in _VISITS]
    if answers == rights:
        return
    for key, wrong in _FIREWALLS.items():
        if answers == [bool(wrong(*visit)) for visit in _VISITS]:
            raise Mistake(key)
    for answer, right, (rules, address, port) in zip(answers, rights, _VISITS, strict=True):
        if answer != right:
            raise Mistake("value", rules=rules or "(none)", address=address, port=port, answer=answer, right=right)
