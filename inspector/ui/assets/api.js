// Bytes and JSON from the inspector's own server, each URL fetched once.
//
// Every failure becomes an `ApiError` whose message is a sentence for the user.

/** Where the server's routes start; taken from this file's own address, so a proxy prefix works. */
export const BASE = new URL('../', import.meta.url);

const MAX_ENTRIES = 96;
const MAX_BYTES = 256 * 1024 * 1024;
const cache = new Map(); // address -> entry; a Map keeps order, so the first entry is the oldest

/** A request that failed, told as a sentence. */
export class ApiError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** Return the address of `path` below the inspector's routes, e.g. `runs/3f/mel.json`. */
export function url(path) {
  return new URL(path, BASE).href;
}

/** Return the address of a payload of `run`. */
export function runUrl(run, path) {
  return url(`runs/${encodeURIComponent(run)}/${path}`);
}

/** Return the JSON of `address`.  Do not change the result: it is shared with other widgets. */
export function fetchJson(address, { signal } = {}) {
  return shared(`json ${address}`, address, signal, async (response) => {
    const text = await response.text();
    try {
      return { value: JSON.parse(text), bytes: 2 * text.length };
    } catch {
      throw new ApiError(`The server's answer for ${pathOf(address)} is not JSON.`);
    }
  });
}

/**
 * Return the little-endian float32 values of `address` as a Float32Array.
 *
 * `expected`: how many values there must be; a shorter or longer answer is an error, since a
 * shifted picture would look plausible.  Do not change the result: it is shared.
 */
export async function fetchFloat32(address, { signal, expected } = {}) {
  const values = await shared(`f32 ${address}`, address, signal, async (response) => {
    const buffer = await response.arrayBuffer();
    if (buffer.byteLength % 4 !== 0) {
      throw new ApiError(
        `The server sent ${buffer.byteLength} bytes for ${pathOf(address)}, not whole float32 values.`,
      );
    }
    return { value: new Float32Array(buffer), bytes: buffer.byteLength };
  });
  if (expected !== undefined && values.length !== expected) {
    throw new ApiError(
      `The server sent ${values.length} values for ${pathOf(address)}; ${expected} were expected.`,
    );
  }
  return values;
}

/**
 * Return the JSON that `address` answers now; nothing is kept, unlike `fetchJson`.
 *
 * `method`: GET, POST or DELETE.  `body`: sent as JSON with POST.
 */
export function askJson(address, { method = 'GET', body, signal } = {}) {
  const options = method === 'POST'
    ? { method, body: JSON.stringify(body ?? {}), headers: { 'Content-Type': 'application/json' } }
    : { method };
  return request(address, signal, (response) => response.json(), { ...options, cache: 'no-store' });
}

/** Return the text that `address` answers to `body`, sent as JSON; nothing is kept. */
export function askText(address, body, { signal } = {}) {
  return request(address, signal, (response) => response.text(), {
    method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' }, cache: 'no-store',
  });
}

/** Return `value` as a number: 'NaN', 'Infinity' and '-Infinity' travel as text; null stays null. */
export function asNumber(value) {
  if (typeof value === 'number') return value;
  if (value === 'NaN') return NaN;
  if (value === 'Infinity') return Infinity;
  if (value === '-Infinity') return -Infinity;
  return null;
}

/** True when `error` only says that nobody waits for the answer any more. */
export function isAbort(error) {
  return error?.name === 'AbortError';
}

// One request per address however many widgets want it.  It is aborted when the last one leaves.
function shared(key, address, signal, decode) {
  if (signal?.aborted) return Promise.reject(abortError());
  let entry = cache.get(key);
  if (entry === undefined) {
    entry = { controller: new AbortController(), waiting: 0, settled: false, bytes: 0 };
    entry.promise = request(address, entry.controller.signal, decode).then(
      ({ value, bytes }) => {
        entry.settled = true;
        entry.bytes = bytes;
        trim();
        return value;
      },
      (error) => {
        entry.settled = true;
        if (cache.get(key) === entry) cache.delete(key);
        throw error;
      },
    );
    entry.promise.catch(() => {}); // each waiter below reports its own copy
  } else {
    cache.delete(key); // put back at the young end
  }
  cache.set(key, entry);
  entry.waiting += 1;
  return new Promise((resolve, reject) => {
    const leave = () => {
      entry.waiting -= 1;
      if (entry.waiting === 0 && !entry.settled) {
        if (cache.get(key) === entry) cache.delete(key);
        entry.controller.abort();
      }
      reject(abortError());
    };
    signal?.addEventListener('abort', leave, { once: true });
    const done = (settle) => (result) => {
      signal?.removeEventListener('abort', leave);
      settle(result);
    };
    entry.promise.then(done(resolve), done(reject));
  });
}

async function request(address, signal, decode, options = {}) {
  if (new URL(address, BASE).origin !== BASE.origin) {
    throw new ApiError('The page refused to ask another machine for data.');
  }
  let response;
  try {
    response = await fetch(address, { ...options, signal, credentials: 'same-origin', redirect: 'error' });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError('The inspector does not answer. Is its terminal still open?');
  }
  if (!response.ok) throw await refusal(response, address);
  try {
    return await decode(response);
  } catch (error) {
    if (isAbort(error) || error instanceof ApiError) throw error;
    throw new ApiError(`The answer for ${pathOf(address)} broke off before its end.`);
  }
}

async function refusal(response, address) {
  let reason = '';
  try {
    const body = JSON.parse(await response.text());
    reason = [body.error, body.message, body.detail].find((text) => typeof text === 'string') ?? '';
  } catch {
    // No JSON: the status alone has to do.
  }
  const known = { 404: 'the server does not know it any more; open the traces again' };
  return new ApiError(
    reason || `No ${pathOf(address)}: ${known[response.status] ?? `status ${response.status}`}.`,
    response.status,
  );
}

function trim() {
  let bytes = 0;
  for (const entry of cache.values()) bytes += entry.bytes;
  for (const [key, entry] of cache) {
    if (cache.size <= MAX_ENTRIES && bytes <= MAX_BYTES) return;
    if (!entry.settled) continue;
    cache.delete(key);
    bytes -= entry.bytes;
  }
}

function pathOf(address) {
  const parsed = new URL(address, BASE);
  return parsed.pathname + parsed.search;
}

function abortError() {
  return new DOMException('nobody waits for this answer', 'AbortError');
}
