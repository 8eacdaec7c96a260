// Server-sent events of a response, as https://html.spec.whatwg.org/multipage/server-sent-events.html reads them. EventSource itself can
// send neither a body nor a token.

/** The events of a stream of text, one after the other: `{id, event, data}`. */
export async function* parse(pieces) {
  let rest = '';
  let event = { id: null, event: 'message', data: [] };
  for await (const piece of pieces) {
    rest += piece;
    // A CR at the end may be half of a CR LF.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === '') {
        if (event.data.length) yield { ...event, data: event.data.join('\n') };
        event = { id: event.id, event: 'message', data: [] };
        continue;
      }
      const colon = line.indexOf(':');
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'data') event.data.push(value);
      else if (field === 'event') event.event = value;
      else if (field === 'id') event.id = value;
    }
  }
}

async function* texts(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** The events of a response. */
export const events = (response) => parse(texts(response.body));
