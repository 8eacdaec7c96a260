// A multipart form on its way. `fetch` does not tell how much of a body is sent; XMLHttpRequest does.

const EMPTY = [204, 205, 304];

/** Sends the form and resolves to a `Response`; `progress` is told shares from 0 to 1. Rejects as `fetch` does. */
export function transmit(method, url, { headers, form, progress = () => {}, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const aborted = () => new DOMException('The upload was aborted', 'AbortError');
    if (signal?.aborted) {
      reject(aborted());
      return;
    }
    request.open(method, url);
    Object.entries(headers).forEach(([name, value]) => request.setRequestHeader(name, value));
    request.upload.addEventListener('progress', ({ lengthComputable, loaded, total }) => lengthComputable && progress(loaded / total));
    request.addEventListener('load', () => {
      const kept = { 'content-type': request.getResponseHeader('content-type') ?? 'text/plain' };
      const wait = request.getResponseHeader('retry-after');
      if (wait) kept['retry-after'] = wait;
      resolve(new Response(EMPTY.includes(request.status) ? null : request.responseText, { status: request.status, headers: kept }));
    });
    request.addEventListener('error', () => reject(new TypeError('The service was not reached')));
    request.addEventListener('timeout', () => reject(new TypeError('The service took too long')));
    request.addEventListener('abort', () => reject(aborted()));
    signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(form);
  });
}
