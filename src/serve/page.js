// The live page: every move of a control is a question to this page's own server; only the newest question is answered.
'use strict';

const byId = (id) => document.getElementById(id);
const page = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');
/** Milliseconds after which an answer that is still missing is said to be late. */
const LATE = 300;

let controls = [];
let number = 0;
let waiting = null;
let late = 0;
/** The control that moved last, beside which a refusal of the whole is shown. */
let last = null;

function say(state, text) {
  document.body.dataset.state = state;
  document.documentElement.dataset.state = state;
  byId('status').textContent = text;
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// --- Controls -------------------------------------------------------------------------------------------------------

/** Least and greatest value of the slider and its step, in the unit that the value is written in. */
function range(control) {
  const written = parseFloat(control.written) || 0;
  const replicas = parseFloat(valueOf('replicas')) || parseFloat(valueOf('nodes')) || 10;
  switch (control.kind) {
    case 'pods-or-percent':
      return control.value.endsWith('%') ? [0, 100, 5] : [0, Math.max(replicas, written), 1];
    case 'words': return [0, control.words.length - 1, 1];
    case 'pods': return [0, Math.max(replicas, written), 1];
    case 'seconds': return [0, Math.max(60, 2 * written), 1];
    case 'replicas': return [1, Math.max(20, 3 * written), 1];
    case 'nodes': return [control.name === 'nodes' ? 1 : 0, Math.max(10, 3 * written), 1];
    default: return [0.25, 4, 0.25];
  }
}

function valueOf(name) {
  const control = controls.find((one) => one.name === name);
  return control ? control.value : '';
}

function showControl(control) {
  const { slider, text, reset, row } = control;
  const [least, most, step] = range(control);
  const position = control.kind === 'words' ? control.words.indexOf(control.value) : parseFloat(control.value);
  slider.min = least;
  slider.max = Number.isFinite(position) ? Math.max(most, Math.min(position, 20000)) : most;
  slider.step = step;
  if (Number.isFinite(position)) slider.value = position;
  slider.setAttribute('aria-valuetext', control.value);
  if (text.value.trim() !== control.value) text.value = control.value;
  const moved = control.value !== control.written;
  row.classList.toggle('moved', moved);
  reset.disabled = !moved;
}

function move(control, value) {
  control.value = value.trim();
  last = control;
  showControl(control);
  if (control.name === 'replicas') controls.forEach(showControl);
  const parts = controls.filter((one) => one.value !== one.written).map((one) => `${one.name}=${encodeURIComponent(one.value)}`);
  history.replaceState(null, '', parts.length ? `#${parts.join('&')}` : location.pathname);
  ask();
}

function build(control) {
  const row = byId('move').content.firstElementChild.cloneNode(true);
  const label = row.querySelector('label');
  const [text, slider] = row.querySelectorAll('input');
  const reset = row.querySelector('.reset');
  Object.assign(control, { value: control.written, row, text, slider, reset, error: row.querySelector('.error') });
  row.dataset.control = control.name;
  label.textContent = control.label;
  label.htmlFor = text.id = `value-${control.name}`;
  slider.id = `slider-${control.name}`;
  slider.setAttribute('aria-label', control.label);
  control.error.id = `error-${control.name}`;
  text.setAttribute('aria-describedby', control.error.id);
  reset.textContent = `as written: ${control.written}`;
  reset.setAttribute('aria-label', `${control.label} as written: ${control.written}`);
  row.querySelector('.about').textContent = control.about ? `as written: ${control.about}` : '';
  text.addEventListener('input', () => move(control, text.value));
  slider.addEventListener('input', () => {
    const percent = control.kind === 'pods-or-percent' && control.value.endsWith('%');
    const value = control.kind === 'words' ? control.words[slider.value] : slider.value;
    move(control, percent ? `${value}%` : value);
  });
  reset.addEventListener('click', () => { move(control, control.written); text.focus(); });
  byId('moves').append(row);
}

/** Values that stand in the address, as `#maxSurge=2&nodes=5`. */
function fromAddress() {
  const values = new Map();
  for (const part of location.hash.slice(1).split('&')) {
    const at = part.indexOf('=');
    if (at > 0) {
      try { values.set(part.slice(0, at), decodeURIComponent(part.slice(at + 1))); } catch { values.set(part.slice(0, at), part.slice(at + 1)); }
    }
  }
  controls.forEach((control) => { control.value = (values.get(control.name) ?? control.written).trim(); });
  controls.forEach(showControl);
}

// --- Questions and answers ------------------------------------------------------------------------------------------

async function ask() {
  number += 1;
  const mine = number;
  if (waiting) waiting.abort();
  waiting = new AbortController();
  clearTimeout(late);
  document.documentElement.dataset.state = 'waiting';
  late = setTimeout(() => say('late', 'The forecast is being made.'), LATE);
  const values = Object.fromEntries(controls.filter((one) => one.value !== one.written).map((one) => [one.name, one.value]));
  try {
    const response = await fetch('/forecast', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ page, number: mine, values }),
      signal: waiting.signal,
    });
    if (response.status === 409 || mine !== number) return;
    const answer = response.headers.get('Content-Type') === 'application/json' ? await response.json() : { error: { message: await response.text() } };
    if (mine !== number) return;
    clearTimeout(late);
    if (answer.error) refuse(answer.error);
    else show(answer);
  } catch (error) {
    if (mine !== number || error.name === 'AbortError') return;
    clearTimeout(late);
    say('error', 'rollcast serve does not answer any more: start it again.');
  }
}

function clearErrors() {
  for (const control of controls) {
    control.error.hidden = true;
    control.error.textContent = '';
    control.text.removeAttribute('aria-invalid');
  }
}

/** The sentence that `run` gives, beside the control that it is about, else beside the one that moved last. */
function refuse({ control: name, message }) {
  clearErrors();
  const control = controls.find((one) => one.name === name) || last || controls.find((one) => one.value !== one.written);
  if (control) {
    control.error.textContent = message;
    control.error.hidden = false;
    control.text.setAttribute('aria-invalid', 'true');
    say('error', byId('answer').hidden ? '' : 'The numbers below are those before.');
  } else {
    say('error', message);
  }
  byId('verdict').textContent = 'These settings have no forecast.';
}

function show(answer) {
  clearErrors();
  byId('answer').hidden = false;
  byId('title').textContent = answer.title;
  byId('verdict').textContent = answer.verdict;
  byId('figures').replaceChildren(...answer.figures.map(figure));
  byId('objectives').replaceChildren(...answer.objectives.map((one) => objective(one, 'li')));
  byId('others').hidden = !answer.objectives.length;
  byId('command').textContent = answer.command;
  byId('copied').textContent = '';
  picture('levels', answer.levels, answer.levels_said || 'The forecast has no course over time.');
  picture('pods', answer.pods, 'There is no pod to draw.');
  showCaveats(answer);
  byId('notes').replaceChildren(...answer.notes.map((note) => element('li', note)));
  byId('notes-section').hidden = !answer.notes.length;
  say('ready', '');
}

function mark(met) {
  return met === true ? 'yes' : met === false ? 'no' : 'open';
}

function figure(one) {
  const box = element('div');
  const value = element('dd', one.value, 'big');
  if (one.beside) value.append(' ', element('small', one.beside, one.beside.length > 10 ? 'long' : ''));
  if (one.written) value.append(element('small', `as written ${one.written}`, 'long'));
  box.append(element('dt', one.name), value, ...one.objectives.map((about) => objective(about, 'dd')));
  return box;
}

function objective(one, name) {
  const item = element(name, `${one.text}${one.default ? ' (default floor)' : ''}: `, 'vs');
  item.append(element('span', one.word, mark(one.met)));
  return item;
}

/** A picture that this page's own server drew. */
function picture(id, drawn, nothing) {
  const place = byId(id);
  if (!drawn) {
    place.replaceChildren(element('p', nothing));
    return;
  }
  const box = (svg, className) => {
    const made = element('div', undefined, className);
    made.innerHTML = svg;
    const picture = made.querySelector('svg');
    if (picture) {
      picture.setAttribute('role', 'img');
      picture.setAttribute('aria-label', drawn.title);
    }
    return made;
  };
  const narrow = drawn.narrow;
  const boxes = [box(drawn.wide, narrow ? 'wide has-narrow' : 'wide')];
  if (narrow) boxes.push(box(drawn.narrow, 'narrow'));
  if (drawn.table.rows.length) boxes.push(numbers(drawn));
  const open = place.querySelector('details')?.open;
  place.replaceChildren(...boxes);
  if (open && place.querySelector('details')) place.querySelector('details').open = true;
}

/** The numbers of a picture, for those who cannot see it. */
function numbers(drawn) {
  const details = element('details');
  const table = element('table');
  const row = (cells, name) => {
    const made = element('tr');
    made.append(...cells.map((cell) => element(name, cell)));
    return made;
  };
  table.append(row(drawn.table.header, 'th'), ...drawn.table.rows.map((cells) => row(cells, 'td')));
  details.append(element('summary', `${drawn.title}: the numbers`), table);
  return details;
}

function showCaveats(answer) {
  const parts = answer.caveats.flatMap(({ heading, sentences }) => {
    const list = element('ul');
    list.append(...sentences.map((sentence) => element('li', sentence)));
    return [element('h2', heading), list];
  });
  const place = byId('caveats');
  place.replaceChildren(...parts);
  place.hidden = !parts.length;
  place.className = answer.conditional ? 'warn' : 'quiet';
}

async function copy() {
  const text = byId('command').textContent;
  try {
    await navigator.clipboard.writeText(text);
    byId('copied').textContent = 'copied';
  } catch {
    getSelection().selectAllChildren(byId('command'));
    byId('copied').textContent = 'marked: copy it with the keyboard';
  }
}

// --- Start ----------------------------------------------------------------------------------------------------------

async function begin() {
  const start = await (await fetch('/start')).json();
  controls = start.controls;
  byId('name').textContent = start.name;
  document.title = `${start.name} · rollcast serve`;
  byId('missing').textContent = [...start.missing, ...start.notes].join(' ');
  controls.forEach(build);
  fromAddress();
  byId('settings').addEventListener('submit', (event) => event.preventDefault());
  byId('reset-all').addEventListener('click', () => {
    controls.forEach((control) => { control.value = control.written; });
    controls.forEach(showControl);
    history.replaceState(null, '', location.pathname);
    ask();
  });
  byId('copy').addEventListener('click', copy);
  window.addEventListener('hashchange', () => { fromAddress(); ask(); });
  ask();
}

begin().catch(() => say('error', 'rollcast serve does not answer: start it again.'));
