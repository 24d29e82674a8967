// The noise of labkit.training.latent in the browser: the same numbers for the same seed. NumPy's default_rng(seed):
// a SeedSequence stirs the seed, PCG64 (O'Neill 2014) makes 64 bits at a time, the ziggurat (Marsaglia and Tsang 2000;
// 256 layers of equal area below the bell curve) makes float32 normals of 32 of them. Held against NumPy by a test.

const MASK = 2n ** 128n - 1n;
const STEP = 0x2360ed051fc65da44385df649fccf645n; // PCG64's multiplier

// SeedSequence, for a whole number of any size: four words of 32 bits stirred, then read as words of 64 bits.
function stirred(seed, count) {
  const words = [];
  for (let rest = BigInt(seed); rest > 0n || !words.length; rest >>= 32n) words.push(Number(rest & 0xffffffffn));
  let turn = 0x43b0d7e5;
  const hash = (value) => {
    value = (value ^ turn) >>> 0;
    turn = Math.imul(turn, 0x931e8875) >>> 0;
    value = Math.imul(value, turn) >>> 0;
    return (value ^ (value >>> 16)) >>> 0;
  };
  const mix = (one, other) => {
    const value = (Math.imul(one, 0xca01f9dd) - Math.imul(other, 0x4973f715)) >>> 0;
    return (value ^ (value >>> 16)) >>> 0;
  };
  const pool = [0, 1, 2, 3].map((i) => hash(words[i] ?? 0));
  for (let from = 0; from < 4; from++)
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
  for (const word of words.slice(4)) for (let to = 0; to < 4; to++) pool[to] = mix(pool[to], hash(word));
  turn = 0x8b51f9dd;
  const out = Array.from({ length: 2 * count }, (_, i) => {
    let value = (pool[i % 4] ^ turn) >>> 0;
    turn = Math.imul(turn, 0x58f38ded) >>> 0;
    value = Math.imul(value, turn) >>> 0;
    return BigInt((value ^ (value >>> 16)) >>> 0);
  });
  return Array.from({ length: count }, (_, i) => out[2 * i] | (out[2 * i + 1] << 32n));
}

// A function that returns the next 32 bits of default_rng(seed): the lower half of each 64 first.
function bits(seed) {
  const [high, low, more, less] = stirred(seed, 4);
  const odd = ((((more << 64n) | less) << 1n) | 1n) & MASK;
  let state = (odd + ((high << 64n) | low)) & MASK;
  const next = () => (state = (state * STEP + odd) & MASK);
  next();
  let kept = null;
  return () => {
    if (kept !== null) {
      const value = kept;
      kept = null;
      return value;
    }
    next();
    const [turn, mixed] = [state >> 122n, (state >> 64n) ^ (state & 0xffffffffffffffffn)];
    const value = BigInt.asUintN(64, (mixed >> turn) | (mixed << (64n - turn)));
    kept = Number(value >> 32n);
    return Number(value & 0xffffffffn);
  };
}

// The ziggurat's layers: how wide each is (in steps of 2^-23), which part of it lies below the curve for certain, and
// how high the curve is there.
const EDGE = 3.6541528853610088;
const AREA = 0.00492867323399;
const bell = (x) => Math.exp((-x * x) / 2);
const layers = (() => {
  const edges = new Float64Array(256);
  edges[255] = EDGE;
  for (let i = 254; i > 0; i--) edges[i] = Math.sqrt(-2 * Math.log(AREA / edges[i + 1] + bell(edges[i + 1])));
  const wide = edges.map((x, i) => (i ? x : AREA / bell(EDGE)) / 2 ** 23);
  const sure = edges.map((x, i) => Math.floor((i ? edges[i - 1] / x : (EDGE * bell(EDGE)) / AREA) * 2 ** 23));
  return { wide: Float32Array.from(wide), sure, high: Float32Array.from(edges, (x) => bell(x)) };
})();

/** `count` standard normal latents of `dim` numbers each, as one Float32Array: labkit.training.latent. */
export function latent(count, dim, seed) {
  const draw = bits(seed);
  const share = () => Math.fround((draw() >>> 8) / 2 ** 24);
  const normal = () => {
    for (;;) {
      const drawn = draw();
      const layer = drawn & 0xff;
      const size = drawn >>> 9;
      const x = Math.fround(Math.fround(size) * layers.wide[layer]) * (drawn & 0x100 ? -1 : 1);
      if (size < layers.sure[layer]) return x;
      if (layer) {
        const [above, below] = [layers.high[layer - 1], layers.high[layer]];
        if (Math.fround(Math.fround(Math.fround(above - below) * share()) + below) < Math.exp(-0.5 * x * x)) return x;
      } else {
        for (;;) {
          const beyond = Math.fround(-Math.fround(1 / EDGE) * Math.fround(Math.log1p(-share())));
          const other = Math.fround(-Math.log1p(-share()));
          if (other + other > beyond * beyond) return Math.fround(EDGE + beyond) * ((size >> 8) & 1 ? -1 : 1);
        }
      }
    }
  };
  return Float32Array.from({ length: count * dim }, normal);
}

// The normal distribution function and its inverse (Acklam's rational start, one step of Halley's).
const tail = (x) => {
  // erfc for x >= 0: a continued fraction where it converges fast, the power series near 0
  if (x < 2) {
    let [term, sum] = [x, x];
    for (let n = 1; n < 60; n++) sum += (term *= (-x * x) / n) / (2 * n + 1);
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction));
};
const below = (x) => (x < 0 ? tail(-x / Math.SQRT2) / 2 : 1 - tail(x / Math.SQRT2) / 2);
function quantile(p) {
  if (p > 0.5) return -quantile(1 - p);
  const polynomial = (x, ...coefficients) => coefficients.reduce((sum, c) => sum * x + c, 0);
  let x;
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    x = polynomial(q, -7.784894002430293e-3, -0.3223964580411365, -2.400758277161838, -2.549732539343734,
      4.374664141464968, 2.938163982698783) /
      polynomial(q, 7.784695709041462e-3, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1);
  } else {
    const [q, r] = [p - 0.5, (p - 0.5) ** 2];
    x = (q * polynomial(r, -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269,
      -30.66479806614716, 2.506628277459239)) /
      polynomial(r, -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1);
  }
  const error = (below(x) - p) * Math.sqrt(2 * Math.PI) * Math.exp((x * x) / 2);
  return x - error / (1 + (x * error) / 2);
}

/** Noise moved to the same quantile of a normal distribution cut off at ±cut (0: not cut), then multiplied. */
export function truncated(noise, cut, scale) {
  const low = cut ? below(-cut) : 0;
  return noise.map((x) => scale * (cut ? quantile(low + (1 - 2 * low) * below(x)) : x));
}

const length = (a) => Math.hypot(...a);

/** Noise on the arc from a (t = 0) to b (t = 1): direction and length both change evenly. */
export function between(a, b, t) {
  const [longA, longB] = [length(a), length(b)];
  const angle = Math.acos(Math.max(-1, Math.min(1, a.reduce((sum, x, i) => sum + (x / longA) * (b[i] / longB), 0))));
  if (!(longA && longB) || angle < 1e-4) return a.map((x, i) => (1 - t) * x + t * b[i]);
  const [from, to] = [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
  const long = (1 - t) * longA + t * longB;
  return a.map((x, i) => long * ((from * x) / longA + (to * b[i]) / longB));
}

/** a - b + c, as long as the three are in the mean: where the generator has practised. */
export function combined(a, b, c) {
  const total = a.map((x, i) => x - b[i] + c[i]);
  const size = length(total);
  const wanted = (length(a) + length(b) + length(c)) / 3;
  return size > 1e-6 * wanted ? total.map((x) => (x * wanted) / size) : a;
}
