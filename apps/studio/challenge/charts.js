// Bars and meters. Every figure is text beside its bar, so that nothing is told by a picture alone.
import { el, svg } from '../elements.js';
import { figure } from './wording.js';

/** A bar of SVG for `value` of `limit`, with a lighter piece for what is `reserved`. */
function bar(value, limit, reserved = 0) {
  const width = (part) => `${limit > 0 ? Math.min(100, (100 * part) / limit) : 0}%`;
  return svg('svg', { class: 'bar-chart', 'aria-hidden': 'true', height: '10', width: '100%' },
    svg('rect', { class: 'track', width: '100%', height: '10', rx: '5' }),
    reserved > 0 ? svg('rect', { class: 'held', width: width(value + reserved), height: '10', rx: '5' }) : null,
    value > 0 ? svg('rect', { class: 'value', width: width(value), height: '10', rx: '5' }) : null);
}

/** Rows of `{label, value, limit}`, each with its bar. */
export function bars(caption, rows) {
  return el('figure', { class: 'chart' },
    el('figcaption', {}, caption),
    el('dl', {}, rows.map(({ label, value, limit }) => el('div', { class: 'chart-row' },
      el('dt', {}, label),
      el('dd', {}, el('span', { class: 'chart-figure' }, limit === undefined ? figure(value) : `${figure(value)} / ${figure(limit)}`),
        bar(value, limit ?? Math.max(...rows.map((row) => row.value), 1)))))));
}

/** What is left of a quota: `{limit, used, reserved, remaining}`. */
function meter(label, { limit, used, reserved, remaining }) {
  const held = reserved > 0 ? ` · réservés : ${figure(reserved)}` : '';
  return el('div', { class: remaining * 5 <= limit ? 'meter low' : 'meter' },
    el('p', {}, el('span', {}, label), el('strong', {}, `${figure(remaining)} sur ${figure(limit)}`)),
    bar(used, limit, reserved),
    el('p', { class: 'small' }, `Utilisés : ${figure(used)}${held}`));
}

/** Both quotas of a student, and the account's own budget of tokens where it has a limit. */
export function quotaMeters(quota, account) {
  const { tokensAuthorized: limit, tokensUsed: used, tokensReserved: reserved, tokensRemaining: remaining } = account ?? {};
  return [
    meter('Prompts restants', quota.prompts),
    meter('Tokens restants', quota.tokens),
    limit == null ? [] : meter('Tokens restants du compte', { limit, used, reserved, remaining }),
  ];
}
