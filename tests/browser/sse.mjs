// The reader of server-sent events, on what the standard says of them, cut at every place.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const source = readFileSync(new URL('../../apps/studio/sse.js', import.meta.url), 'utf8');
const { parse } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const TEXT = ': ping\r\n\r\nid: 1\r\nevent: start\r\ndata: {"a":1}\r\n\r\n'
  + 'data: one\ndata:two\ndata\n\n'
  + ': a comment\nid: 7\nunknown: x\ndata: é: €\n\n'
  + 'event: without data\n\n'
  + 'data: carriage\rdata: returns\r\r'
  + 'data: never ended\n';
const EVENTS = [
  { id: '1', event: 'start', data: '{"a":1}' },
  { id: '1', event: 'message', data: 'one\ntwo\n' },
  { id: '7', event: 'message', data: 'é: €' },
  { id: '7', event: 'message', data: 'carriage\nreturns' },
];

async function read(...pieces) {
  const events = [];
  for await (const event of parse(pieces)) events.push(event);
  return events;
}

assert.deepEqual(await read(TEXT), EVENTS);
assert.deepEqual(await read(...TEXT), EVENTS, 'a character at a time');
for (let at = 0; at <= TEXT.length; at += 1) assert.deepEqual(await read(TEXT.slice(0, at), TEXT.slice(at)), EVENTS, `cut at ${at}`);
