"""What students typically answer: exercise -> list of (key of the hint, answers). Every hint has its mistake here."""

import ipaddress
import itertools
import random

import numpy as np

float_of = lambda x: x.astype("float32") / 127.5 - 1  # noqa: E731
bytes_of = lambda v: ((v + 1) * 127.5).round().astype("uint8")  # noqa: E731


def globally_seeded(n, dim, seed):
    np.random.seed(seed)
    return np.random.standard_normal((n, dim)).astype("float32")


def pythons(n, dim, seed):
    random.seed(seed)
    return np.array([[random.gauss(0, 1) for _ in range(dim)] for _ in range(n)], "float32")


def normal(n, dim, seed, mean=0.0, deviation=1.0):
    return np.random.default_rng(seed).normal(mean, deviation, (n, dim)).astype("float32")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def clothes(kernels, bias=128):
    return sum(size * size * 128 * 128 + bias for size in kernels)


def weights(filters, kernel=9):
    return sum(kernel * i * f + f for i, f in zip((3, *filters), filters, strict=False))


def stack(size, lstm, dense, gates=4, bias=1, state=1):
    total = 0
    for units in lstm:
        total, size = total + gates * units * (size + state * units + bias), units
    for units in dense:
        total, size = total + units * (size + bias), units
    return total


def dense(sizes, bias=1):
    return sum(m * (n + bias) for n, m in itertools.pairwise(sizes))


def running(means, momentum, start=0.0):
    for mean in means:
        start = momentum * start + (1 - momentum) * mean
    return start


def heavy_ball(means, momentum):
    total = 0.0
    for mean in means:
        total = momentum * total + mean
    return total


def kernels(count, channels, filters, bias, none="none", square=False):
    for kernel in range(1, 20):
        for b in (0, 1):
            if kernel**2 * channels * filters + b * bias(channels, filters) == count:
                return kernel**2 if square else kernel, bool(b)
    return none


def rounded(count, channels, filters):
    kernel = round((count / (channels * filters)) ** 0.5)
    return kernel, count != kernel**2 * channels * filters


def divergences(p, q):
    return np.where(p > 0, p * (np.log(np.maximum(p, 1e-300)) - np.log(np.maximum(q, 1e-300))), 0).sum(1)


def gap(m1, m2):
    return ((m1 - m2) ** 2).sum()


def roots(s1, s2):
    return np.sqrt(np.maximum(np.linalg.eigvals(s1 @ s2).real, 0)).sum()


def gaussians(m1, s1, m2, s2):
    return gap(m1, m2) + np.trace(s1 + s2) - 2 * roots(s1, s2)


def minus_log(logits, kind):
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return -np.log(odds[:, kind] / odds.sum(1)).mean()


def three(s, t, r, kinds=(0, 1, 2)):
    return sum(minus_log(x, kind) for x, kind in zip((s, t, r), kinds, strict=True))


def right_down(z):
    return z[:, :-1, 1:] - z[:, :-1, :-1], z[:, 1:, :-1] - z[:, :-1, :-1]


def kl_to_mean(p, q):
    return np.nansum(p * np.log(2 * p / (p + q)))


def gaps(samples, centres, norm=2):
    return np.linalg.norm(samples[:, None] - centres, ord=norm, axis=2)


def within(samples, centres, reach, norm=2):
    distances = gaps(samples, centres, norm)
    good = distances.min(1) <= reach
    return len(set(distances.argmin(1)[good])), good.mean()


def sides(keep):
    def readings(units, size, layers):
        found = [keep(units, side, (size // side).bit_length() - 1, layers)
                 for side in (1, 2, 4, 8, 16, 32, 64) if side <= size]
        return [each for each in found if each]
    return readings


def apart(one, other):
    return np.linalg.norm(one[:, None] - other[None], axis=-1)


def balls(points, k):
    return np.sort(apart(points, points), axis=1)[:, k][:, None]


def arc(a, b, t, angle=None):
    if angle is None:
        angle = np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))
    if abs(np.sin(angle)) < 1e-9:
        return a
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)


def on_the_line(a, b, t):
    point = (1 - t) * a + t * b
    return point / np.linalg.norm(point) * np.linalg.norm(a)


def cut_off(n, dim, cut, seed, draw="standard_normal"):
    rng = np.random.default_rng(seed)
    values = getattr(rng, draw)((n, dim))
    while (outside := np.abs(values) > cut).any():
        values[outside] = getattr(rng, draw)(outside.sum())
    return values

def lenient(text):
    try:
        return int(text) if 1 <= int(text) <= 16 else "1 to 16, please"
    except ValueError:
        return "a number, please"


def inside(network, address):
    return ipaddress.ip_address(address) in ipaddress.ip_network(network)


WRONG = {
    "00.1": [
        ("shape", (lambda x: float_of(x).ravel(), bytes_of)),
        ("dtype", (lambda x: x.astype(int) - 128, bytes_of)),
        ("wraps", (lambda x: (x - 128) / 128, bytes_of)),
        ("inverted", (lambda x: 1 - x / 127.5, bytes_of)),
        ("zero_one", (lambda x: x / 255, lambda v: (v * 255).round().astype("uint8"))),
        ("zero_one", (lambda x: x.astype("float32") / 256, lambda v: (v * 256).astype("uint8"))),
        ("short", (lambda x: (x.astype("float32") - 128) / 128, lambda v: (v * 128 + 128).astype("uint8"))),
        ("range", (lambda x: x.astype("float32"), lambda v: v.astype("uint8"))),
        ("range", (lambda x: x / 255 - 0.5, lambda v: ((v + 0.5) * 255).round().astype("uint8"))),
        ("bent", (lambda x: 2 * (x / 255.0) ** 2 - 1, bytes_of)),
        ("not_uint8", (float_of, lambda v: ((v + 1) * 127.5).round())),
        ("back_shape", (float_of, lambda v: bytes_of(v).ravel())),
        ("overflow", (float_of, lambda v: ((v + 1) * 128).astype(int).astype("uint8"))),
        ("truncates", (float_of, lambda v: ((v + 1) * 127.5).astype("uint8"))),
        ("truncates", (float_of, lambda v: ((v + 1.0001) * 127.5).clip(0, 255).astype("uint8"))),
        ("not_back", (float_of, lambda v: (v * 255).round().clip(0, 255).astype("uint8"))),
        ("unfinished", (float_of, None)),
        ("raised", (lambda x: x.scaled(), bytes_of)),
        ("kind", (np.zeros(3), bytes_of)),
    ],
    "00.2": [
        ("shape", (lambda n, dim, seed: normal(dim, n, seed),)),
        ("unseeded", (lambda n, dim, seed: np.random.randn(n, dim).astype("float32"),)),
        ("unseeded", (lambda n, dim, seed: np.random.default_rng().standard_normal((n, dim), "float32"),)),
        ("fixed", (lambda n, dim, seed: normal(n, dim, 0),)),
        ("repeated", (lambda n, dim, seed: np.tile(normal(1, dim, seed), (n, 1)),)),
        ("uniform", (lambda n, dim, seed: np.random.default_rng(seed).random((n, dim)).astype("float32"),)),
        ("uniform", (lambda n, dim, seed: np.random.default_rng(seed).uniform(-1, 1, (n, dim)).astype("float32"),)),
        ("not_normal", (lambda n, dim, seed: normal(n, dim, seed, 0.5, 0.5),)),
        ("dtype", (lambda n, dim, seed: np.random.default_rng(seed).standard_normal((n, dim)),)),
        ("global", (globally_seeded,)),
        ("global", (pythons,)),
    ],
    "01.1": [
        ("one_gate", (lambda n, u: u * (n + u + 1),)),
        ("gru", (lambda n, u: 3 * u * (n + u + 1),)),
        ("no_bias", (lambda n, u: 4 * u * (n + u),)),
        ("two_biases", (lambda n, u: 4 * (u * n + u * u + 2 * u),)),
        ("one_bias", (lambda n, u: 4 * u * (n + u) + u,)),
        ("no_recurrent", (lambda n, u: 4 * (u * n + u),)),
        ("square", (lambda n, u: 8 * u * u + 4 * u,)),
        ("value", (lambda n, u: n * u,)),
        ("kind", (lambda n, u: "4 gates",)),
    ],
    "01.2": [
        ("recurrent", (lambda n, u: 4 * u * u,)),
        ("forget", (lambda n, u: (4 * u * (n + u + 1)) / 4,)),
        ("forget_input", (lambda n, u: u * n + u,)),
        ("twice", (lambda n, u: 4 * u * u + u * (n + u + 1),)),
        ("bias", (lambda n, u: 4 * u * u + u * n,)),
        ("all", (lambda n, u: 4 * u * (n + u + 1),)),
        ("learning", (lambda n, u: 3 * u * (n + 1),)),
        ("value", (lambda n, u: 0,)),
    ],
    "01.3": [
        ("grey", (lambda x: ((x / 255 - 0.5) ** 2).mean(),)),
        ("one_value", (lambda x: (x / 255).var(),)),
        ("one_colour", (lambda x: ((x / 255 - (x / 255).mean((0, 1, 2))) ** 2).mean(),)),
        ("own_mean", (lambda x: ((x / 255 - (x / 255).mean((1, 2, 3), keepdims=True)) ** 2).mean(),)),
        ("median", (lambda x: ((x / 255 - np.median(x / 255, axis=0)) ** 2).mean(),)),
        ("bytes", (lambda x: x.var(0).mean(),)),
        ("centred", (lambda x: (x / 127.5 - 1).var(0).mean(),)),
        ("root", (lambda x: np.sqrt((x / 255).var(0).mean()),)),
        ("absolute", (lambda x: np.abs(x / 255 - (x / 255).mean(0)).mean(),)),
        ("total", (lambda x: ((x / 255 - (x / 255).mean(0)) ** 2).sum(),)),
        ("value", (lambda x: x.std() / 255,)),
    ],
    "02.1": [
        ("no_pooling", (lambda s, f: (s * s * f[-1], weights(f)),)),
        ("one_pooling", (lambda s, f: (s // 2 * (s // 2) * f[-1], weights(f)),)),
        ("no_channels", (lambda s, f: ((s >> len(f)) ** 2, weights(f)),)),
        ("one_side", (lambda s, f: ((s >> len(f)) * f[-1], weights(f)),)),
        ("colours", (lambda s, f: ((s >> len(f)) ** 2 * 3, weights(f)),)),
        ("quarter", (lambda s, f: ((s >> 2 * len(f)) ** 2 * f[-1], weights(f)),)),
        ("flat", (lambda s, f: (s * sum(f), weights(f)),)),
        ("no_bias", (lambda s, f: ((s >> len(f)) ** 2 * f[-1], weights(f) - sum(f)),)),
        ("always_three", (lambda s, f: ((s >> len(f)) ** 2 * f[-1], 28 * sum(f)),)),
        ("no_inputs", (lambda s, f: ((s >> len(f)) ** 2 * f[-1], 10 * sum(f)),)),
        ("one_row", (lambda s, f: ((s >> len(f)) ** 2 * f[-1], weights(f, 3)),)),
        ("last_only", (lambda s, f: ((s >> len(f)) ** 2 * f[-1], weights(f) - weights(f[:-1])),)),
        ("places", (lambda s, f: ((s >> len(f)) ** 2 * f[-1],
                                  sum((weights(f[:i + 1]) - weights(f[:i])) * (s >> i) ** 2 for i in range(len(f)))),)),
        ("count", (lambda s, f: ((s >> len(f)) ** 2 * f[-1], sum(f)),)),
        ("kind", (lambda s, f: (s >> len(f)) ** 2 * f[-1],)),
    ],
    "02.2": [
        ("gates", (lambda n, lstm, dense, out: stack(n, lstm, (*dense, out), gates=1),)),
        ("no_bias", (lambda n, lstm, dense, out: stack(n, lstm, (*dense, out), bias=0),)),
        ("no_state", (lambda n, lstm, dense, out: stack(n, lstm, (*dense, out), state=0),)),
        ("no_last", (lambda n, lstm, dense, out: stack(n, lstm, dense),)),
        ("flat_again", (lambda n, lstm, dense, out: sum(stack(n, (u,), ()) for u in lstm)
                        + stack(lstm[-1], (), (*dense, out)),)),
        ("dense_flat", (lambda n, lstm, dense, out: stack(n, lstm, ()) + stack(n, (), (*dense, out)),)),
        ("value", (lambda n, lstm, dense, out: n * out,)),
    ],
    "02.3": [
        ("unchanged", (lambda loss, ks, f: loss,)),
        ("added", (lambda loss, ks, f: loss + f * sum((k**2).sum() for k in ks),)),
        ("norm", (lambda loss, ks, f: loss - f * sum(np.linalg.norm(k) for k in ks),)),
        ("mean", (lambda loss, ks, f: loss - f * sum((k**2).mean() for k in ks),)),
        ("half", (lambda loss, ks, f: loss - f * sum((k**2).sum() / 2 for k in ks),)),
        ("absolute", (lambda loss, ks, f: loss - f * sum(abs(k).sum() for k in ks),)),
        ("no_square", (lambda loss, ks, f: loss - f * sum(k.sum() for k in ks),)),
        ("no_factor", (lambda loss, ks, f: loss - sum((k**2).sum() for k in ks),)),
        ("penalty", (lambda loss, ks, f: f * sum((k**2).sum() for k in ks),)),
        ("value", (lambda loss, ks, f: loss / 3,)),
        ("raised", (lambda loss, ks, f: loss - f * (ks**2).sum(),)),
    ],
    "03.1": [
        ("linear", (lambda u, low, high: low + u * (high - low),)),
        ("reversed", (lambda u, low, high: high * (low / high) ** u,)),
        ("exponent", (lambda u, low, high: np.log10(low) + u * np.log10(high / low),)),
        ("exponent_e", (lambda u, low, high: np.log(low) + u * np.log(high / low),)),
        ("bases", (lambda u, low, high: np.exp(np.log10(low) + u * np.log10(high / low)),)),
        ("bases_ten", (lambda u, low, high: 10 ** (np.log(low) + u * np.log(high / low)),)),
        ("log_of_linear", (lambda u, low, high: np.log(low + u * (high - low)),)),
        ("no_low", (lambda u, low, high: (high / low) ** u,)),
        ("shape", (lambda u, low, high: low * (high / low) ** u.mean(),)),
        ("value", (lambda u, low, high: low * (high / low) ** u**2,)),
    ],
    "03.2": [
        ("no_warmup", (lambda c, m, w: min(m) > np.median([x[len(m) - 1] for x in c]),)),
        ("warmup_early", (lambda c, m, w: len(m) >= w and min(m) > np.median([x[len(m) - 1] for x in c]),)),
        ("reversed", (lambda c, m, w: len(m) > w and min(m) <= np.median([x[len(m) - 1] for x in c]),)),
        ("mean", (lambda c, m, w: len(m) > w and min(m) > np.mean([x[len(m) - 1] for x in c]),)),
        ("best_of_others", (lambda c, m, w: len(m) > w and min(m) > min(x[len(m) - 1] for x in c),)),
        ("worst_of_others", (lambda c, m, w: len(m) > w and min(m) > max(x[len(m) - 1] for x in c),)),
        ("latest", (lambda c, m, w: len(m) > w and m[-1] > np.median([x[len(m) - 1] for x in c]),)),
        ("last_epoch", (lambda c, m, w: len(m) > w and min(m) > np.median([x[-1] for x in c]),)),
        ("first_epoch", (lambda c, m, w: len(m) > w and min(m) > np.median([x[0] for x in c]),)),
        ("always", (lambda c, m, w: 1 > 0,)),
        ("never", (lambda c, m, w: 1 < 0,)),
        ("not_bool", (lambda c, m, w: min(m) - np.median([x[len(m) - 1] for x in c]),)),
        ("value", (lambda c, m, w: len(m) == 3,)),
    ],
    "03.3": [
        ("test_chooses", (lambda v, t: (t.argmin(), t.min()),)),
        ("validation_reported", (lambda v, t: (v.argmin(), v.min()),)),
        ("smallest_test", (lambda v, t: (v.argmin(), t.min()),)),
        ("mean_test", (lambda v, t: (v.argmin(), t.mean()),)),
        ("largest", (lambda v, t: (v.argmax(), t[v.argmax()]),)),
        ("value", (lambda v, t: (0, t[0]),)),
        ("kind", (lambda v, t: t[v.argmin()],)),
    ],
    "04.1": [
        ("shape", (lambda p, q: (p / (p + q + 1)).mean(),)),
        ("generated", (lambda p, q: q / (p + q),)),
        ("ratio", (lambda p, q: p / q,)),
        ("difference", (lambda p, q: p - q,)),
        ("hard", (lambda p, q: p > q,)),
        ("log", (lambda p, q: np.log(p) - np.log(q),)),
        ("normalised", (lambda p, q: p / p.sum(),)),
        ("softmax", (lambda p, q: np.exp(p) / (np.exp(p) + np.exp(q)),)),
        ("mean", (lambda p, q: (p + q) / 2,)),
        ("nothing_there", (lambda p, q: p / (p + q),)),
        ("nothing_there", (lambda p, q: np.nan_to_num(p / (p + q)),)),
        ("eps", (lambda p, q: p / (p + q + 1e-8),)),
        ("value", (lambda p, q: p * q,)),
    ],
    "04.2": [
        ("one_way", (lambda p, q: np.nansum(p * np.log(p / q)),)),
        ("other_way", (lambda p, q: np.nansum(q * np.log(q / p)),)),
        ("both_ways", (lambda p, q: np.nansum(p * np.log(p / q) + q * np.log(q / p)) / 2,)),
        ("half", (lambda p, q: kl_to_mean(p, q) / 2,)),
        ("only_p", (lambda p, q: kl_to_mean(p, q),)),
        ("doubled", (lambda p, q: kl_to_mean(p, q) + kl_to_mean(q, p),)),
        ("bits", (lambda p, q: (kl_to_mean(p, q) + kl_to_mean(q, p)) / 2 / np.log(2),)),
        ("root", (lambda p, q: np.sqrt((kl_to_mean(p, q) + kl_to_mean(q, p)) / 2),)),
        ("game", (lambda p, q: kl_to_mean(p, q) + kl_to_mean(q, p) - np.log(4),)),
        ("total", (lambda p, q: abs(p - q).sum() / 2,)),
        ("negative", (lambda p, q: -(kl_to_mean(p, q) + kl_to_mean(q, p)) / 2,)),
        ("zeros", (lambda p, q: (p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q))).sum() / 2,)),
        ("eps", (lambda p, q: sum((a * np.log((a + 1e-5) / (p + q) * 2)).sum() for a in (p, q)) / 2,)),
        ("value", (lambda p, q: ((p - q) ** 2).sum(),)),
    ],
    "04.3": [
        ("nearest", (lambda s, c, d: (len(set(gaps(s, c).argmin(1))), within(s, c, 3 * d)[1]),)),
        ("one", (lambda s, c, d: within(s, c, d),)),
        ("two", (lambda s, c, d: within(s, c, 2 * d),)),
        ("absolute", (lambda s, c, d: within(s, c, 3),)),
        ("box", (lambda s, c, d: within(s, c, 3 * d, np.inf),)),
        ("diamond", (lambda s, c, d: within(s, c, 3 * d, 1),)),
        ("squared", (lambda s, c, d: within(s, c, (3 * d) ** 0.5),)),
        ("variance", (lambda s, c, d: within(s, c, 3**0.5 * d),)),
        ("covered_share", (lambda s, c, d: (within(s, c, 3 * d)[0] / len(c), within(s, c, 3 * d)[1]),)),
        ("total", (lambda s, c, d: (within(s, c, 3 * d)[0], within(s, c, 3 * d)[1] * len(s)),)),
        ("percent", (lambda s, c, d: (within(s, c, 3 * d)[0], within(s, c, 3 * d)[1] * 100),)),
        ("bad", (lambda s, c, d: (within(s, c, 3 * d)[0], 1 - within(s, c, 3 * d)[1]),)),
        ("missing", (lambda s, c, d: (len(c) - within(s, c, 3 * d)[0], within(s, c, 3 * d)[1]),)),
        ("swapped", (lambda s, c, d: within(s, c, 3 * d)[::-1],)),
        ("value", (lambda s, c, d: (2, 0.123),)),
        ("kind", (lambda s, c, d: 3,)),
    ],
    "05.1": [
        ("order", (lambda s: (dense(s) + 2 * sum(s[1:-1]), dense(s) + 4 * sum(s[1:-1])),)),
        ("no_bias", (lambda s: (dense(s, 0) + 4 * sum(s[1:-1]), dense(s, 0) + 2 * sum(s[1:-1])),)),
        ("no_norm", (lambda s: (dense(s), dense(s)),)),
        ("no_statistics", (lambda s: (dense(s) + 2 * sum(s[1:-1]),) * 2,)),
        ("all_trainable", (lambda s: (dense(s) + 4 * sum(s[1:-1]),) * 2,)),
        ("last", (lambda s: (dense(s) + 4 * sum(s[1:]), dense(s) + 2 * sum(s[1:])),)),
        ("input", (lambda s: (dense(s) + 4 * sum(s[:-1]), dense(s) + 2 * sum(s[:-1])),)),
        ("one_norm", (lambda s: (dense(s) + 4 * (len(s) - 2), dense(s) + 2 * (len(s) - 2)),)),
        ("value", (lambda s: (s[0] * s[-1], s[0]),)),
        ("kind", (lambda s: dense(s),)),
    ],
    "05.2": [
        ("swapped", (lambda x, m: running(x, 1 - m),)),
        ("plain", (lambda x, m: x.mean(),)),
        ("first", (lambda x, m: running(x[1:], m, x[0]),)),
        ("one", (lambda x, m: running(x, m, 1.0),)),
        ("backwards", (lambda x, m: running(x[::-1], m),)),
        ("corrected", (lambda x, m: running(x, m) / (1 - m ** len(x)),)),
        ("last", (lambda x, m: (1 - m) * x[-1],)),
        ("momentum", (heavy_ball,)),
        ("value", (lambda x, m: m * x.sum(),)),
    ],
    "05.3": [
        ("planes", (lambda r, c, k: k * 1024 + r * 32 + c,)),
        ("columns", (lambda r, c, k: (c * 32 + r) * 3 + k,)),
        ("no_channels", (lambda r, c, k: r * 32 + c + k,)),
        ("row_pixels", (lambda r, c, k: r * 32 + c * 3 + k,)),
        ("from_one", (lambda r, c, k: (r * 32 + c) * 3 + k + 1,)),
        ("last", (lambda r, c, k: (r * 31 + c) * 3 + k,)),
        ("value", (lambda r, c, k: r * c * k,)),
    ],
    "06.1": [
        ("convolution", (lambda s, f, k, t, b: ((-(-s[0] // t), -(-s[1] // t), f), k * k * s[2] * f + b * f),)),
        ("valid", (lambda s, f, k, t, b: (((s[0] - 1) * t + k, (s[1] - 1) * t + k, f), k * k * s[2] * f + b * f),)),
        ("same", (lambda s, f, k, t, b: ((s[0], s[1], f), k * k * s[2] * f + b * f),)),
        ("channels", (lambda s, f, k, t, b: ((s[0] * t, s[1] * t, s[2]), k * k * s[2] * f + b * f),)),
        ("size", (lambda s, f, k, t, b: ((s[0] + t, s[1] + t, f), k * k * s[2] * f + b * f),)),
        ("no_channels", (lambda s, f, k, t, b: ((s[0] * t, s[1] * t, f), k * k * f + b * f),)),
        ("one_side", (lambda s, f, k, t, b: ((s[0] * t, s[1] * t, f), k * s[2] * f + b * f),)),
        ("bias", (lambda s, f, k, t, b: ((s[0] * t, s[1] * t, f), k * k * s[2] * f + f),)),
        ("no_bias", (lambda s, f, k, t, b: ((s[0] * t, s[1] * t, f), k * k * s[2] * f),)),
        ("bias_per_channel", (lambda s, f, k, t, b: ((s[0] * t, s[1] * t, f), k * k * s[2] * f + b * s[2]),)),
        ("places", (lambda s, f, k, t, b: ((s[0] * t, s[1] * t, f), k * k * s[2] * f * s[0] * s[1] + b * f),)),
        ("count", (lambda s, f, k, t, b: ((s[0] * t, s[1] * t, f), k + s[2] + f),)),
        ("kind", (lambda s, f, k, t, b: (s[0] * t, s[1] * t, f),)),
    ],
    "06.2": [
        ("each", (lambda x: np.logaddexp(0, -x),)),
        ("saturating", (lambda x: np.log(1 - sigmoid(x)).mean(),)),
        ("sign", (lambda x: np.log(sigmoid(x)).mean(),)),
        ("caught", (lambda x: -np.log(1 - sigmoid(x)).mean(),)),
        ("sum", (lambda x: np.logaddexp(0, -x).sum(),)),
        ("bits", (lambda x: np.log2(1 + np.exp(-x)).mean(),)),
        ("certain", (lambda x: -sigmoid(x).mean(),)),
        ("probability", (lambda x: -np.log(x).mean(),)),
        ("value", (lambda x: (x**2).mean(),)),
        ("overflow", (lambda x: -np.log(sigmoid(x)).mean(),)),
        ("overflow", (lambda x: np.log(1 + np.exp(-x)).mean(),)),
        ("clipped", (lambda x: -np.log(sigmoid(x) + 1e-7).mean(),)),
        ("nothing", (lambda x: print(x),)),
    ],
    "06.3": [
        ("up", (lambda n, b, e: (-(-n // b), -(-n // b) * e, n * e),)),
        ("fraction", (lambda n, b, e: (n / b, n / b * e, n * e),)),
        ("one_epoch", (lambda n, b, e: (n // b, n // b, n // b * b),)),
        ("epochs", (lambda n, b, e: (n // b, e, b * e),)),
        ("steps", (lambda n, b, e: (b, b * e, n * e),)),
        ("left_out", (lambda n, b, e: (n // b, n // b * e, n * e),)),
        ("no_batch", (lambda n, b, e: (n // b, n // b * e, n // b * e),)),
        ("seen", (lambda n, b, e: (n // b, n // b * e, n),)),
    ],
    "07.1": [
        ("swapped", (lambda c, i, f: (lambda k: k if k == "none" else (k[0], not k[1]))(
            kernels(c, i, f, lambda i, f: f)),)),
        ("no_bias", (lambda c, i, f: kernels(c, i, f, lambda i, f: 0),)),
        ("no_bias", (lambda c, i, f: (round((c / i / f) ** 0.5), False),)),
        ("rounded", (rounded,)),
        ("squared", (lambda c, i, f: kernels(c, i, f, lambda i, f: f, square=True),)),
        ("bias_in", (lambda c, i, f: kernels(c, i, f, lambda i, f: i),)),
        ("value", (lambda c, i, f: (3, False),)),
        ("kind", (lambda c, i, f: 5,)),
    ],
    "07.2": [
        ("images", (lambda x, y: (x, y.ravel() % 10),)),
        ("turned", (lambda x, y: (x.T, y.ravel() % 10),)),
        ("turned", (lambda x, y: (np.transpose(x, (3, 1, 0, 2)), y.ravel() % 10),)),
        ("reshaped", (lambda x, y: (x.reshape(len(y), *x.shape[:3]), y.ravel() % 10),)),
        ("pixels", (lambda x, y: (np.moveaxis(x, -1, 0)[:, ::-1], y.ravel() % 10),)),
        ("ten", (lambda x, y: (np.moveaxis(x, -1, 0), y.ravel()),)),
        ("shifted", (lambda x, y: (np.moveaxis(x, -1, 0), y.ravel() - 1),)),
        ("column", (lambda x, y: (np.moveaxis(x, -1, 0), y % 10),)),
        ("labels", (lambda x, y: (np.moveaxis(x, -1, 0), y.ravel() * 0),)),
        ("pair", (lambda x, y: np.moveaxis(x, -1, 0),)),
    ],
    "07.3": [
        ("first", (lambda s, v, t: next(a for a, b in zip(s, v, strict=True) if abs(b - v[-1]) <= t),)),
        ("neighbours", (lambda s, v, t: next((a for a, b, c in zip(s, v, v[1:], strict=False) if abs(b - c) <= t),
                                             s[-1]),)),
        ("index", (lambda s, v, t: next(i for i in range(len(v)) if all(abs(b - v[-1]) <= t for b in v[i:])),)),
        ("value", (lambda s, v, t: s[0],)),
        ("kind", (lambda s, v, t: s[:2],)),
    ],
    "08.1": [
        ("no_bias", (lambda z, k, e: 6272 * z + clothes(k, 0) + e * e * 128,)),
        ("dense_bias", (lambda z, k, e: 6272 * z + clothes(k) + e * e * 128 + 1,)),
        ("bias_per_weight", (lambda z, k, e: 6272 * (z + 1) + clothes(k) + e * e * 128 + 128,)),
        ("channels", (lambda z, k, e: 6272 * (z + 1) + sum(s * s * 128 + 128 for s in k) + e * e * 128 + 1,)),
        ("one_side", (lambda z, k, e: 6272 * (z + 1) + sum(s * 128 * 128 + 128 for s in k) + e * 128 + 1,)),
        ("last_wide", (lambda z, k, e: 6272 * (z + 1) + clothes([*k, e]),)),
        ("no_last", (lambda z, k, e: 6272 * (z + 1) + clothes(k),)),
        ("no_dense", (lambda z, k, e: clothes(k) + e * e * 128 + 1,)),
        ("total", (lambda z, k, e: 6272 * (z + 1) + clothes(k) + e * 128 + 1,)),
        ("kind", (lambda z, k, e: "2,155,137",)),
    ],
    "08.2": [
        ("shape", (lambda k: k,)),
        ("swapped", (lambda k: np.array([[k[0], k[1] + k[2], k[3] + k[4]], [k[0] + k[1], k[2] + k[3], k[4]]]),)),
        ("mean", (lambda k: np.array([[k[:2].mean(), k[2:4].mean(), k[4]], [k[0], k[1:3].mean(), k[3:].mean()]]),)),
        ("reversed", (lambda k: np.array([[k[4], k[2] + k[3], k[0] + k[1]], [k[3] + k[4], k[1] + k[2], k[0]]]),)),
        ("zeros", (lambda k: np.array([k[::2], [0, k[1], k[3]]]),)),
        ("zeros", (lambda k: np.array([k[::2], [k[1], k[3], 0]]),)),
        ("same", (lambda k: np.array([[k[0] + k[1], k[2] + k[3], k[4]]] * 2),)),
        ("value", (lambda k: np.array([k[:3], k[2:]]),)),
    ],
    "08.3": [
        ("linear", (lambda t, n, r: r * max(0, 1 - t / n),)),
        ("period", (lambda t, n, r: r * (1 + np.cos(2 * np.pi * t / n)) / 2,)),
        ("quarter", (lambda t, n, r: r * np.cos(np.pi / 2 * t / n),)),
        ("negative", (lambda t, n, r: r * np.cos(np.pi * t / n),)),
        ("rising", (lambda t, n, r: r * (1 - np.cos(np.pi * t / n)) / 2,)),
        ("double", (lambda t, n, r: r * (1 + np.cos(np.pi * t / n)),)),
        ("degrees", (lambda t, n, r: r * (1 + np.cos(180 * t / n)) / 2,)),
        ("start", (lambda t, n, r: (1 + np.cos(np.pi * t / n)) / 2,)),
        ("after", (lambda t, n, r: r * (1 + np.cos(np.pi * t / n)) / 2,)),
        ("value", (lambda t, n, r: r * 0.1 ** (t / n),)),
    ],
    "10.1": [
        ("classes", (lambda p: np.exp(divergences(p, p.sum(0) / p.shape[1]).mean()),)),
        ("both", (lambda p: divergences(p, p.sum(0) / p.shape[1]).mean(),)),
        ("log", (lambda p: divergences(p, p.mean(0)).mean(),)),
        ("backwards", (lambda p: np.exp(divergences(np.tile(p.mean(0), (len(p), 1)), p).mean()),)),
        ("order", (lambda p: np.exp(divergences(p, p.mean(0))).mean(),)),
        ("sum", (lambda p: np.exp(divergences(p, p.mean(0)).sum()),)),
        ("bits", (lambda p: np.exp(divergences(p, p.mean(0)).mean() / np.log(2)),)),
        ("uniform", (lambda p: np.exp(divergences(p, np.full(p.shape[1], 1 / p.shape[1])).mean()),)),
        ("entropy", (lambda p: np.exp(-(p.mean(0) * np.log(p.mean(0))).sum()),)),
        ("nan", (lambda p: np.exp((p * np.log(p / p.mean(0))).sum(1).mean()),)),
        ("value", (lambda p: p.max(1).mean(),)),
        ("value", (lambda p: np.exp((p * np.log((p + 1e-3) / p.mean(0))).sum(1).mean()),)),
        ("nothing", (lambda p: print(p.shape),)),
    ],
    "10.2": [
        ("variance", (lambda m, s, n, t: gap(m, n) + ((np.diag(s) ** 0.5 - np.diag(t) ** 0.5) ** 2).sum(),)),
        ("means", (lambda m, s, n, t: gap(m, n),)),
        ("covariances", (lambda m, s, n, t: gaussians(m, s, n, t) - gap(m, n),)),
        ("not_squared", (lambda m, s, n, t: gaussians(m, s, n, t) - gap(m, n) + gap(m, n) ** 0.5,)),
        ("root", (lambda m, s, n, t: gaussians(m, s, n, t) ** 0.5,)),
        ("two", (lambda m, s, n, t: gaussians(m, s, n, t) + roots(s, t),)),
        ("no_root", (lambda m, s, n, t: gap(m, n) + np.trace(s + t - 2 * s @ t),)),
        ("elementwise", (lambda m, s, n, t: gap(m, n) + np.trace(s + t - 2 * np.sqrt(np.abs(s @ t))),)),
        ("frobenius", (lambda m, s, n, t: gap(m, n) + ((s - t) ** 2).sum(),)),
        ("complex", (lambda m, s, n, t: gaussians(m, s, n, t) + 0j,)),
        ("singular", (lambda m, s, n, t: gap(m, n) + np.trace(s + t)
                      - 2 * np.sqrt(np.linalg.eigvals(s @ t).real).sum(),)),
        ("value", (lambda m, s, n, t: np.abs(m - n).sum() + np.trace(s + t),)),
        ("raised", (lambda m, s, n, t: m @ s @ n[:, None] @ t,)),
    ],
    "10.3": [
        ("last", (lambda n, v: v[-1],)),
        ("mean", (lambda n, v: np.mean(v),)),
        ("smallest", (lambda n, v: np.min(v),)),
        ("in_n", (lambda n, v: np.polyfit(n, v, 1)[1],)),
        ("root_n", (lambda n, v: np.polyfit(1 / np.sqrt(n), v, 1)[1],)),
        ("slope", (lambda n, v: np.polyfit(1 / n, v, 1)[0],)),
        ("log_n", (lambda n, v: np.polyfit(np.log(n), v, 1)[1],)),
        ("value", (lambda n, v: v[-1] - 1,)),
    ],
    "12.1": [
        ("order", (lambda s, t, r: three(s, t, r, (1, 2, 0)),)),
        ("reversed", (lambda s, t, r: three(s, t, r, (2, 1, 0)),)),
        ("generator", (lambda s, t, r: minus_log(s, 2) + minus_log(t, 2),)),
        ("real_only", (lambda s, t, r: minus_log(r, 2),)),
        ("binary", (lambda s, t, r: minus_log(r, 2) - sum(np.log(1 - np.exp(-np.array(
            [minus_log(row[None], 2) for row in x]))).mean() for x in (s, t)),)),
        ("mean", (lambda s, t, r: three(s, t, r) / 3,)),
        ("sum", (lambda s, t, r: three(s, t, r) * len(s),)),
        ("sign", (lambda s, t, r: -three(s, t, r),)),
        ("sigmoid", (lambda s, t, r: -sum(np.log(sigmoid(x[:, k])).mean() for k, x in enumerate((s, t, r))),)),
        ("no_log", (lambda s, t, r: -sum((np.exp(x) / np.exp(x).sum(1)[:, None])[:, k].mean()
                                         for k, x in enumerate((s, t, r))),)),
        ("no_softmax", (lambda s, t, r: -sum(x[:, k].mean() for k, x in enumerate((s, t, r))),)),
        ("value", (lambda s, t, r: 1.0,)),
        ("overflow", (lambda s, t, r: -sum(np.log(np.exp(x) / np.exp(x).sum(1)[:, None])[:, k].mean()
                                           for k, x in enumerate((s, t, r))),)),
        ("kind", (lambda s, t, r: s,)),
    ],
    "12.2": [
        ("pictures", (lambda f, g, x: ((x - g(f(x))) ** 2).mean(),)),
        ("half", (lambda f, g, x: ((f(x) - g(f(x))) ** 2).mean(),)),
        ("no_f_inside", (lambda f, g, x: ((f(x) - f(g(x))) ** 2).mean(),)),
        ("codes", (lambda f, g, x: ((g(f(x)) - g(f(g(f(x))))) ** 2).mean(),)),
        ("sum", (lambda f, g, x: ((f(x) - f(g(f(x)))) ** 2).sum(),)),
        ("rows", (lambda f, g, x: ((f(x) - f(g(f(x)))) ** 2).sum(1).mean(),)),
        ("root", (lambda f, g, x: np.sqrt(((f(x) - f(g(f(x)))) ** 2).mean()),)),
        ("absolute", (lambda f, g, x: np.abs(f(x) - f(g(f(x)))).mean(),)),
        ("no_square", (lambda f, g, x: (f(x) - f(g(f(x)))).mean(),)),
        ("value", (lambda f, g, x: x.mean(),)),
        ("raised", (lambda f, g, x: ((f - f(g)) ** 2).mean(),)),
    ],
    "12.3": [
        ("absolute", (lambda z: sum(np.abs(step) for step in right_down(z)).mean(),)),
        ("squared", (lambda z: sum(step**2 for step in right_down(z)).mean(),)),
        ("one_way", (lambda z: np.abs(right_down(z)[0]).mean(),)),
        ("one_way_down", (lambda z: np.abs(right_down(z)[1]).mean(),)),
        ("late_root", (lambda z: np.sqrt(sum(step**2 for step in right_down(z)).mean()),)),
        ("sum", (lambda z: np.hypot(*right_down(z)).sum(),)),
        ("each", (lambda z: np.hypot(*right_down(z)).sum((1, 2)).mean(),)),
        ("across", (lambda z: np.hypot(z[1:, :-1, :-1] - z[:-1, :-1, :-1],
                                       z[:-1, 1:, :-1] - z[:-1, :-1, :-1]).mean(),)),
        ("shape", (lambda z: np.hypot(*right_down(z)),)),
        ("value", (lambda z: z.std(),)),
    ],
    "09.1": [
        ("side", (sides(lambda u, s, d, n: (s, u // s, d) if s > 1 and 1 <= d <= n + 1 else None),)),
        ("output", (sides(lambda u, s, d, n: (s, u // s**2, d) if s > 1 and 1 <= d <= n and u % s**2 == 0 else None),)),
        ("exactly", (sides(lambda u, s, d, n: (s, u // s**2, d) if d == n and u % s**2 == 0 else None),)),
        ("any", (sides(lambda u, s, d, n: (s, u // s**2, d) if s > 1 and d >= 1 and u % s**2 == 0 else None),)),
        ("no_doubling", (sides(lambda u, s, d, n: (s, u // s**2, d) if s > 1 and d <= n + 1 and u % s**2 == 0
                               else None),)),
        ("pixel", (sides(lambda u, s, d, n: (s, u // s**2, d) if s == 1 or (1 <= d <= n + 1 and u % s**2 == 0)
                         else None),)),
        ("value", (lambda u, size, n: [(size // 2**n, 3, n)],)),
        ("kind", (lambda u, size, n: 8,)),
        ("kind", (lambda u, size, n: [(8, 256)],)),
    ],
    "09.2": [
        ("recall", (lambda r, f, k: (apart(f, r) <= balls(f, k)).any(0).mean(),)),
        ("itself", (lambda r, f, k: (apart(r, f) <= balls(r, k - 1)).any(0).mean(),)),
        ("own_balls", (lambda r, f, k: (apart(f, f) <= balls(f, k)).any(0).mean(),)),
        ("all_balls", (lambda r, f, k: (apart(r, f) <= balls(r, k)).mean(),)),
        ("real_inside", (lambda r, f, k: (apart(r, f) <= balls(r, k)).any(1).mean(),)),
        ("count", (lambda r, f, k: (apart(r, f) <= balls(r, k)).any(0).sum(),)),
        ("percent", (lambda r, f, k: 100 * (apart(r, f) <= balls(r, k)).any(0).mean(),)),
        ("value", (lambda r, f, k: apart(r, f).mean(),)),
    ],
    "09.3": [
        ("inverse", (lambda d, k: np.sort(d)[:k].mean() / d.min(),)),
        ("nearest", (lambda d, k: d.min(),)),
        ("all", (lambda d, k: d.min() / d.mean(),)),
        ("others", (lambda d, k: d.min() / np.sort(d)[1:k].mean(),)),
        ("farthest", (lambda d, k: d.min() / np.sort(d)[k - 1],)),
        ("unsorted", (lambda d, k: d[0] / d[:k].mean(),)),
        ("largest", (lambda d, k: d.min() / np.sort(d)[-k:].mean(),)),
        ("value", (lambda d, k: d.max(),)),
    ],
    "11.1": [
        ("shape", (lambda a, b, t: np.stack([a, b]),)),
        ("linear", (lambda a, b, t: (1 - t) * a + t * b,)),
        ("backwards", (lambda a, b, t: arc(b, a, t),)),
        ("angle", (lambda a, b, t: np.sin((1 - t) * np.arccos(a @ b)) * a + np.sin(t * np.arccos(a @ b)) * b,)),
        ("angle", (lambda a, b, t: (np.sin((1 - t) * (o := np.arccos(np.clip(a @ b, -1, 1)))) * a + np.sin(t * o) * b)
                   / np.sin(o),)),
        ("undivided", (lambda a, b, t: arc(a, b, t) * np.sin(np.arccos(np.clip(a @ b / 9, -1, 1))),)),
        ("stretched", (on_the_line,)),
        ("unit", (lambda a, b, t: arc(a, b, t) / np.linalg.norm(a),)),
        ("squares", (lambda a, b, t: np.sqrt(1 - t) * a + np.sqrt(t) * b,)),
        ("value", (lambda a, b, t: arc(a, b, t**2),)),
        ("parallel", (lambda a, b, t: (np.sin((1 - t) * (o := np.arccos(np.clip(a @ b / 9, -1, 1)))) * a
                                       + np.sin(t * o) * b) / np.sin(o) if (a != b).any() else a * np.nan,)),
    ],
    "11.2": [
        ("shape", (lambda n, dim, cut, seed: cut_off(dim, n, cut, seed),)),
        ("outside", (lambda n, dim, cut, seed: normal(n, dim, seed),)),
        ("piled", (lambda n, dim, cut, seed: normal(n, dim, seed).clip(-cut, cut),)),
        ("scaled", (lambda n, dim, cut, seed: normal(n, dim, seed) * cut / 6,)),
        ("one_sided", (lambda n, dim, cut, seed: np.abs(cut_off(n, dim, cut, seed)),)),
        ("uniform", (lambda n, dim, cut, seed: np.random.default_rng(seed).uniform(-cut, cut, (n, dim)),)),
        ("seed", (lambda n, dim, cut, seed: cut_off(n, dim, cut, None),)),
        ("same", (lambda n, dim, cut, seed: cut_off(n, dim, cut, 0),)),
        ("spread", (lambda n, dim, cut, seed: cut_off(n, dim, cut, seed) * 0.93,)),
    ],
    "11.3": [
        ("weights", (lambda W, b, z, x: 2 * np.outer(W @ z + b - x, z) / len(x),)),
        ("picture", (lambda W, b, z, x: 2 * (W @ z + b - x) / len(x),)),
        ("shape", (lambda W, b, z, x: ((W @ z + b - x) ** 2).mean(),)),
        ("sign", (lambda W, b, z, x: 2 * W.T @ (x - W @ z - b) / len(x),)),
        ("half", (lambda W, b, z, x: W.T @ (W @ z + b - x) / len(x),)),
        ("sum", (lambda W, b, z, x: 2 * W.T @ (W @ z + b - x),)),
        ("half_sum", (lambda W, b, z, x: W.T @ (W @ z + b - x),)),
        ("by_noise", (lambda W, b, z, x: 2 * W.T @ (W @ z + b - x) / len(z),)),
        ("no_bias", (lambda W, b, z, x: 2 * W.T @ (W @ z - x) / len(x),)),
        ("absolute", (lambda W, b, z, x: W.T @ np.sign(W @ z + b - x) / len(x),)),
        ("value", (lambda W, b, z, x: 3 * W.T @ (W @ z + b - x) / len(x),)),
    ],
    "13.1": [
        ("sum", (lambda f: np.einsum("hwc,hwd->cd", f, f),)),
        ("all_numbers", (lambda f: np.einsum("hwc,hwd->cd", f, f) / f.size,)),
        ("channels", (lambda f: np.einsum("hwc,hwd->cd", f, f) / f.shape[-1],)),
        ("centred", (lambda f: np.cov(f.reshape(-1, f.shape[-1]).T, bias=True),)),
        ("correlation", (lambda f: np.corrcoef(f.reshape(-1, f.shape[-1]).T),)),
        ("places", (lambda f: (x := f.reshape(-1, f.shape[-1])) @ x.T / len(x),)),
        ("places_sum", (lambda f: (x := f.reshape(-1, f.shape[-1])) @ x.T,)),
        ("wrong_reshape", (lambda f: (x := f.reshape(f.shape[-1], -1)) @ x.T / x.shape[1],)),
        ("rows", (lambda f: (x := f.mean(1)).T @ x / len(x),)),
        ("shape", (lambda f: f.mean((0, 1)),)),
        ("value", (lambda f: np.einsum("hwc,hwd->cd", f, f) / 100,)),
    ],
    "13.2": [
        ("absolute", (lambda x: abs(np.diff(x, axis=0)).mean() + abs(np.diff(x, axis=1)).mean(),)),
        ("sum", (lambda x: (np.diff(x, axis=0) ** 2).sum() + (np.diff(x, axis=1) ** 2).sum(),)),
        ("down", (lambda x: (np.diff(x, axis=0) ** 2).mean(),)),
        ("across", (lambda x: (np.diff(x, axis=1) ** 2).mean(),)),
        ("around", (lambda x: ((x - np.roll(x, 1, 0)) ** 2).mean() + ((x - np.roll(x, 1, 1)) ** 2).mean(),)),
        ("colours", (lambda x: sum((np.diff(x, axis=axis) ** 2).mean() for axis in range(x.ndim)),)),
        ("diagonal", (lambda x: ((x[1:, 1:] - x[:-1, :-1]) ** 2).mean(),)),
        ("squared_mean", (lambda x: np.diff(x, axis=0).mean() ** 2 + np.diff(x, axis=1).mean() ** 2,)),
        ("average", (lambda x: ((np.diff(x, axis=0) ** 2).mean() + (np.diff(x, axis=1) ** 2).mean()) / 2,)),
        ("variance", (lambda x: x.var(),)),
        ("value", (lambda x: x.mean(),)),
    ],
    "13.3": [
        ("no_strides", (lambda s: 1 + sum(k - 1 for k, _ in s),)),
        ("kernel", (lambda s: 1 + sum(k * int(np.prod([t for _, t in s[:i]])) for i, (k, _) in enumerate(s)),)),
        ("early", (lambda s: 1 + sum((k - 1) * int(np.prod([t for _, t in s[: i + 1]]))
                                     for i, (k, _) in enumerate(s)),)),
        ("from_zero", (lambda s: sum((k - 1) * int(np.prod([t for _, t in s[:i]])) for i, (k, _) in enumerate(s)),)),
        ("strides", (lambda s: int(np.prod([t for _, t in s])),)),
        ("kernels", (lambda s: int(np.prod([k for k, _ in s])),)),
        ("sum", (lambda s: sum(k for k, _ in s),)),
        ("value", (lambda s: len(s),)),
    ],
    "14.1": [
        ("shape", (lambda g, r: np.concatenate(g),)),
        ("plain", (lambda g, r: sum(g) / len(g),)),
        ("sum", (lambda g, r: sum(g),)),
        ("undivided", (lambda g, r: sum(a * n for a, n in zip(g, r, strict=True)),)),
        ("by_replicas", (lambda g, r: sum(a * n for a, n in zip(g, r, strict=True)) / len(g),)),
        ("inverse", (lambda g, r: sum(a / n for a, n in zip(g, r, strict=True)) / sum(1 / n for n in r),)),
        ("divided", (lambda g, r: sum(a / n for a, n in zip(g, r, strict=True)),)),
        ("first", (lambda g, r: g[0],)),
        ("value", (lambda g, r: sum(g) / sum(r),)),
        ("raised", (lambda g, r: g * r / sum(r),)),
    ],
    "14.2": [
        ("bytes", (lambda p, n, s: 2 * (n - 1) / n * 4 * p / s,)),
        ("numbers", (lambda p, n, s: 2 * (n - 1) / n * 8 * p / s,)),
        ("one_bit", (lambda p, n, s: 2 * (n - 1) / n * p / s,)),
        ("once", (lambda p, n, s: (n - 1) / n * 32 * p / s,)),
        ("whole", (lambda p, n, s: 64 * p / s,)),
        ("just_once", (lambda p, n, s: 32 * p / s,)),
        ("star", (lambda p, n, s: 2 * (n - 1) * 32 * p / s,)),
        ("all", (lambda p, n, s: n * 32 * p / s,)),
        ("neighbours", (lambda p, n, s: (n - 1) * 32 * p / s,)),
        ("value", (lambda p, n, s: p / n,)),
    ],
    "14.3": [
        ("local", (lambda n, b, r, rate: (b, n // b, rate * r),)),
        ("local_steps", (lambda n, b, r, rate: (b * r, n // b, rate * r),)),
        ("up", (lambda n, b, r, rate: (b * r, -(-n // (b * r)), rate * r),)),
        ("fraction", (lambda n, b, r, rate: (b * r, n / (b * r), rate * r),)),
        ("unscaled", (lambda n, b, r, rate: (b * r, n // (b * r), rate),)),
        ("root", (lambda n, b, r, rate: (b * r, n // (b * r), rate * r**0.5),)),
        ("smaller", (lambda n, b, r, rate: (b * r, n // (b * r), rate / r),)),
        ("value", (lambda n, b, r, rate: (b * r, n, rate),)),
        ("kind", (lambda n, b, r, rate: b * r,)),
    ],
    "15.1": [
        ("refused", (lambda t: int(t) if t.isdecimal() and 1 < len(t) < 3 else "no number here",)),
        ("refused", (lambda t: int(t) if t.isascii() and t.isdecimal() and 0 < int(t[:3]) < 16 else "1 to 16 please",)),
        ("other", (lambda t: len(t),)),
        ("text", (lambda t: t,)),
        ("clamped", (lambda t: sorted((1, int(t), 16))[1] if t.isascii() and t.isdecimal() and len(t) < 9 else "a b",)),
        ("range", (lambda t: int(t) if t.isascii() and t.isdecimal() else "a number, please",)),
        ("range", (lambda t: int(t) if t.isascii() and t.isdecimal() and int(t[:9]) <= 16 else "1 to 16 please",)),
        ("int", (lenient,)),
        ("float", (lambda t: int(float(t)) if t in ("1", "16", "7", "12", "4.0") else "1 to 16 please",)),
        ("no_reason", (lambda t: int(t) if t in ("1", "16", "7", "12") else "",)),
        ("no_reason", (lambda t: int(t) if t in ("1", "16", "7", "12") else False,)),
        ("raised", (lambda t: int(t) if 1 <= int(t) <= 16 else "1 to 16 please",)),
        ("nothing", (lambda t: int(t) if t in ("1", "16", "7", "12") else print("1 to 16"),)),
    ],
    "15.2": [
        ("mean", (lambda t, s: np.mean(t),)),
        ("median", (lambda t, s: np.median(t),)),
        ("slowest", (lambda t, s: max(t),)),
        ("share_of_slowest", (lambda t, s: max(t) * s,)),
        ("unsorted", (lambda t, s: t[max(0, int(np.ceil(s * len(t) - 1e-9)) - 1)],)),
        ("descending", (lambda t, s: sorted(t)[::-1][max(0, int(np.ceil(s * len(t) - 1e-9)) - 1)],)),
        ("one_off", (lambda t, s: sorted(t)[min(len(t) - 1, int(s * len(t) + 1e-9))],)),
        ("between", (lambda t, s: np.percentile(t, 100 * s),)),
        ("value", (lambda t, s: min(t),)),
    ],
    "15.3": [
        ("first_rule", (lambda r, a, p: any(inside(n, a) and lo <= p <= hi for n, lo, hi in r[:1]),)),
        ("all_rules", (lambda r, a, p: all(inside(n, a) and lo <= p <= hi for n, lo, hi in r),)),
        ("range", (lambda r, a, p: any(inside(n, a) and lo <= p < hi for n, lo, hi in r),)),
        ("last_excluded", (lambda r, a, p: any(inside(n, a) and (lo == p or lo < p < hi) for n, lo, hi in r),)),
        ("port_only", (lambda r, a, p: any(lo <= p <= hi for n, lo, hi in r),)),
        ("address_only", (lambda r, a, p: any(inside(n, a) for n, lo, hi in r),)),
        ("ends", (lambda r, a, p: any(inside(n, a) and p in (lo, hi) for n, lo, hi in r),)),
        ("equal", (lambda r, a, p: any(n[:n.index("/")] == a and lo <= p <= hi for n, lo, hi in r),)),
        ("prefix", (lambda r, a, p: any((n[:2] == "0." or a.startswith(n.split("/")[0].removesuffix(".0")))
                                        and lo <= p <= hi for n, lo, hi in r),)),
        ("three_parts", (lambda r, a, p: any((n[:2] == "0." or a.split(".")[:3] == n.split(".")[:3])
                                             and lo <= p <= hi for n, lo, hi in r),)),
        ("denied", (lambda r, a, p: not any(inside(n, a) and lo <= p <= hi for n, lo, hi in r),)),
        ("value", (lambda r, a, p: p in (22, 443),)),
    ],
}
