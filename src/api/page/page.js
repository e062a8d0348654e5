// The status page: asks /v1/overview every few seconds, and rows when told to. Everything that
// came from outside enters the page as text.
'use strict';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const PAUSE_MS = 5000;
const STEPS = {planned: 'about to begin', exporting: 'exporting', uploaded: 'reading back',
  verified: 'publishing and marking', marked: 'about to be swapped'};
const byId = (id) => document.getElementById(id);
let chosen = null;     // Key of the month whose details are shown.
let monthsShown = ''; // As JSON: what did not change is not drawn, nor read out, again.

function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'class') element.className = value;
    else if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function count(number) {
  return number >= 10000 ? Intl.NumberFormat('en', {notation: 'compact', maximumFractionDigits: 1})
    .format(number) : Intl.NumberFormat('en').format(number);
}

function bytes(number) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (number >= 1024 && unit < units.length - 1) { number /= 1024; ++unit; }
  return `${number.toFixed(number < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}

function milliseconds(us) {
  return us < 10000 ? `${(us / 1000).toFixed(1)} ms` : `${Math.round(us / 1000)} ms`;
}

function duration(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function say(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

// JSON in lines, every value as it stands: to parse it would round its numbers.
function inLines(json) {
  let text = '';
  let depth = 0;
  let last = '';
  for (const [piece] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g)) {
    const line = () => `\n${'  '.repeat(depth)}`;
    if (piece === '{' || piece === '[') { ++depth; text += piece + line(); }
    else if (piece === '}' || piece === ']') {
      --depth;
      text = '{['.includes(last) ? text.trimEnd() + piece : text + line() + piece;
    }
    else if (piece === ',') text += piece + line();
    else text += piece === ':' ? ': ' : piece;
    last = piece;
  }
  return text;
}

function token() { return sessionStorage.getItem('pgattic-token') || ''; }

async function ask(path) {
  const headers = token() ? {Authorization: `Bearer ${token()}`} : {};
  const response = await fetch(path, {headers, cache: 'no-store'});
  byId('token-form').hidden = response.status !== 401;
  return response;
}

// --- Months -----------------------------------------------------------------------------
function kindOf(month) {
  if (month.phase === null) return 'database';
  // A plan that was rolled back, or never begun.
  const isIdle = month.phase === 'planned' && !month.run?.at_work && month.archive_rows === 0;
  if (isIdle) return 'database';
  return month.phase in STEPS ? 'working' : month.phase;
}
const LETTERS = {database: 'D', working: 'W', detached: 'T', archived: 'A'};
const keyOf = (month) => `${month.source}/${month.partition}/${month.from}`;
const rowsOf = (month) => Math.max(month.archive_rows, month.database_rows);
const bytesOf = (month) => (['detached', 'archived'].includes(month.phase) ? month.stored_bytes
  : month.database_bytes);

function describe(month) {
  const kind = kindOf(month);
  const where = {database: 'in the database', working: `being archived: ${month.phase}`,
    detached: 'detached, table kept', archived: 'archived'}[kind];
  return `${month.partition}: ${where}, ${count(rowsOf(month))} rows, ${bytes(bytesOf(month))}` +
    (month.error ? ', last run failed' : '');
}

function showDetails(month) {
  const lines = [['partition', `${month.source}: ${month.partition}`],
    ['bounds', `${month.from} to ${month.to}`], ['phase', month.phase || 'database'],
    ['rows archived', count(month.archive_rows)], ['rows in the database', count(month.database_rows)],
    ['stored', `${bytes(month.stored_bytes)} of ${bytes(month.raw_bytes)}`],
    ['in the database', bytes(month.database_bytes)], ['freed', bytes(month.freed_bytes)]];
  if (month.drop_after && month.phase === 'detached') lines.push(['table kept until', month.drop_after]);
  if (month.updated_at) lines.push(['changed', month.updated_at]);
  if (month.error) lines.push(['error', month.error]);
  const list = make('dl');
  for (const [name, value] of lines) list.append(make('dt', {}, name), make('dd', {}, value));
  byId('details').replaceChildren(list);
}

function choose(month, cell) {
  chosen = keyOf(month);
  for (const other of document.querySelectorAll('.cell')) {
    other.setAttribute('aria-pressed', String(other === cell));
    other.tabIndex = other === cell ? 0 : -1;
  }
  showDetails(month);
}

function makeCell(month, most) {
  const kind = kindOf(month);
  const heat = rowsOf(month) === 0 ? 1 : 1 + Math.min(3, Math.floor(4 * rowsOf(month) / (most + 1)));
  const cell = make('button', {type: 'button', tabIndex: -1, 'aria-label': describe(month),
    class: `cell ${kind} heat${heat}${month.error ? ' failed' : ''}`},
    make('b', {}, LETTERS[kind] + (month.error ? '!' : '')), count(rowsOf(month)), make('span', {}, bytes(bytesOf(month))));
  cell.dataset.key = keyOf(month);
  cell.setAttribute('aria-pressed', 'false');
  cell.addEventListener('click', () => choose(month, cell));
  cell.addEventListener('focus', () => choose(month, cell));
  return cell;
}

function calendarOf(source, months) {
  const most = Math.max(...months.map(rowsOf));
  const years = new Map();
  for (const month of months) {
    const middle = new Date((month.from_us + month.to_us) / 2000);
    const year = middle.getUTCFullYear();
    if (!years.has(year)) years.set(year, MONTHS.map(() => []));
    years.get(year)[middle.getUTCMonth()].push(month);
  }
  const body = make('tbody');
  for (const [year, cells] of [...years].sort((a, b) => a[0] - b[0])) {
    const row = make('tr', {}, make('th', {scope: 'row'}, String(year)));
    for (const inside of cells) row.append(make('td', {}, ...inside.map((m) => makeCell(m, most))));
    body.append(row);
  }
  const head = make('tr', {}, make('th', {scope: 'col'}, 'year'),
    ...MONTHS.map((name) => make('th', {scope: 'col'}, name)));
  return make('div', {class: 'scroll'}, make('table', {class: 'calendar'},
    make('caption', {}, source), make('thead', {}, head), body));
}

function showMonths(overview) {
  const json = JSON.stringify(overview.months, (name, value) =>
    (name === 'run' && value ? value.at_work : value));
  if (json === monthsShown) return;
  monthsShown = json;
  const focused = document.activeElement && document.activeElement.dataset.key;
  const bySource = new Map();
  for (const month of overview.months) {
    if (!bySource.has(month.source)) bySource.set(month.source, []);
    bySource.get(month.source).push(month);
  }
  byId('months').replaceChildren(...[...bySource].map(([name, months]) => calendarOf(name, months)));
  const cells = [...document.querySelectorAll('.cell')];
  if (cells.length === 0) return;
  const cell = cells.find((one) => one.dataset.key === chosen) || cells[cells.length - 1];
  choose(overview.months.find((month) => keyOf(month) === cell.dataset.key), cell);
  if (focused === cell.dataset.key) cell.focus();
}

function moveByKey(event) {
  const steps = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]};
  const step = steps[event.key];
  const cell = event.target.closest('.cell');
  if (!step || !cell) return;
  event.preventDefault();
  let {parentElement: td} = cell;
  let row = td.parentElement;
  let column = [...row.children].indexOf(td);
  for (let i = 0; i < 50; ++i) {
    if (step[0]) row = step[0] > 0 ? row.nextElementSibling : row.previousElementSibling;
    column += step[1];
    td = row && row.children[column];
    if (!td || column < 1) return;
    const next = td.querySelector('.cell');
    if (next) { next.focus(); return; }
  }
}

// --- The rest ---------------------------------------------------------------------------
function showSums(overview) {
  const sum = (field, months = overview.months) => months.reduce((total, month) => total + month[field], 0);
  const done = overview.months.filter((month) => ['detached', 'archived'].includes(kindOf(month)));
  const tiles = [['rows archived', count(sum('archive_rows', done))],
    ['stored in parts', bytes(sum('stored_bytes', done))], ['freed in the database', bytes(sum('freed_bytes'))],
    ['database now', bytes(overview.database_bytes)]];
  byId('sums').replaceChildren(...tiles.map(([name, value]) =>
    make('div', {}, make('dt', {}, name), make('dd', {}, value))));
}

function timeOf(run) {
  if (!run.at_work) return 'No run is at work on it; the next goes on from here.';
  const elapsed = `for ${duration(run.in_step_seconds)}`;
  // Null: nothing is done yet that tells the pace.
  if (run.left_seconds === null) return elapsed;
  if (run.left_seconds === 0) return `${elapsed}, longer than reckoned`;
  return `${elapsed}, about ${duration(run.left_seconds)} left`;
}

function showRunning(overview) {
  // Swapped between two looks, it has a phase and no run.
  const running = overview.months.filter((month) => kindOf(month) === 'working' && month.run);
  byId('running-card').hidden = running.length === 0;
  byId('running').replaceChildren(...running.map((month) => {
    const {run} = month;
    const all = month.expected_rows || month.database_rows;
    // An estimate that is less than what is done is worth nothing.
    const rows = all > run.rows_done ? `${count(run.rows_done)} of about ${count(all)} rows` : `${count(run.rows_done)} rows`;
    const item = make('li', {}, `${month.partition}: ${STEPS[month.phase]}`);
    if (['exporting', 'uploaded'].includes(month.phase)) {
      item.append(`, ${run.parts_done} of ${run.parts} part${run.parts === 1 ? '' : 's'}, ${rows}`,
        make('progress', {max: Math.max(run.parts, 1), value: run.parts_done,
          'aria-label': `${month.partition}: parts done`}));
    }
    item.append(make('p', {class: 'quiet'}, timeOf(run)));
    return item;
  }));
}

function showFreed(overview) {
  const steps = overview.months.filter((month) => month.freed_bytes > 0)
    .map((month) => ({at: Date.parse(month.updated_at.replace(' ', 'T').replace(/\+00$/, 'Z')),
      freed: month.freed_bytes})).sort((a, b) => a.at - b.at);
  if (steps.length === 0) {
    byId('freed').replaceChildren(make('p', {}, 'Nothing yet: no partition has been dropped.'));
    return;
  }
  const total = steps.reduce((sum, step) => sum + step.freed, 0);
  const first = steps[0].at;
  const span = Math.max(Date.parse(overview.at) - first, 1);
  const ns = 'http://www.w3.org/2000/svg';
  const draw = (name, attributes, text) => {
    const node = document.createElementNS(ns, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text) node.textContent = text;
    return node;
  };
  let sum = 0;
  let path = 'M0 120';
  for (const step of steps) {
    const x = (400 * (step.at - first) / span).toFixed(1);
    path += ` H${x}`;
    sum += step.freed;
    path += ` V${(120 - 100 * sum / total).toFixed(1)}`;
  }
  const day = (at) => new Date(at).toISOString().slice(0, 10);
  const chart = draw('svg', {viewBox: '0 0 400 142', role: 'img',
    'aria-label': `${bytes(total)} freed from ${day(first)} to ${day(Date.parse(overview.at))}`});
  chart.append(draw('line', {x1: 0, y1: 20, x2: 400, y2: 20}), draw('line', {x1: 0, y1: 120, x2: 400, y2: 120}),
    draw('path', {d: `${path} H400 V120 Z`}), draw('text', {x: 4, y: 15}, bytes(total)),
    draw('text', {x: 0, y: 138}, day(first)),
    draw('text', {x: 400, y: 138, 'text-anchor': 'end'}, day(Date.parse(overview.at))));
  byId('freed').replaceChildren(chart);
}

function showHealth(overview) {
  byId('latency').replaceChildren(...overview.latency.map((tier) => make('tr', {},
    make('td', {}, tier.tier), ...['p50_us', 'p95_us', 'p99_us'].map((name) =>
      make('td', {}, milliseconds(tier[name]))))));
  if (overview.latency.length === 0) {
    byId('latency').append(make('tr', {}, make('td', {colSpan: 4}, 'no row was asked for in the last hour')));
  }
  byId('backends').replaceChildren(...overview.backends.map((one) => make('li', {},
    `${one.ok ? '✓' : '✗'} ${one.backend}${one.source ? ` (${one.source})` : ''}: ${one.message}, ${one.took_ms} ms`)));
  const ill = overview.backends.filter((one) => !one.ok);
  const failed = overview.months.filter((month) => month.error);
  say('state', ill.length === 0 ? 'ready' : `ill: ${ill.map((one) => one.backend).join(', ')}`);
  byId('state').className = `pill ${ill.length === 0 ? 'good' : 'bad'}`;
  const errors = [...ill.map((one) => `${one.backend}: ${one.message}`),
    ...failed.map((month) => `${month.partition} (${month.updated_at}): ${month.error}`)];
  byId('errors').replaceChildren(...(errors.length ? errors : ['none']).map((text) => make('li', {}, text)));
}

function showSources(overview) {
  const select = byId('source');
  if (select.options.length > 0) return;
  for (const name of overview.sources) select.append(make('option', {value: name}, name));
  // A link to an id: /#source/id.
  const [source, id] = location.hash.slice(1).split('/').map(decodeURIComponent);
  if (!overview.sources.includes(source) || !id) return;
  select.value = source;
  byId('id').value = id;
  lookUp();
}

async function lookUp() {
  const answer = byId('answer');
  const began = performance.now();
  answer.textContent = 'looking…';
  byId('row').hidden = true;
  try {
    const source = byId('source').value;
    history.replaceState(null, '', `#${encodeURIComponent(source)}/${encodeURIComponent(byId('id').value.trim())}`);
    const response = await ask(`/v1/rows/${encodeURIComponent(source)}/${encodeURIComponent(byId('id').value.trim())}`);
    const text = await response.text();
    const took = Math.round(performance.now() - began);
    const body = JSON.parse(text);
    const tier = response.headers.get('X-Pgattic-Source');
    if (response.ok) answer.textContent = `Found in the ${tier}, after ${took} ms.`;
    else if (body.availability) answer.textContent = `${body.availability}${body.why ? `: ${body.why}` : ''} (${took} ms)`;
    else answer.textContent = body.error.message;
    if (response.ok) {
      const from = text.indexOf('"row":') + 6;
      byId('row').textContent = inLines(text.slice(from, text.lastIndexOf(',"duplicates":')));
      byId('row').hidden = false;
    }
  } catch (error) {
    answer.textContent = `The service does not answer: ${error.message}`;
  }
}

async function refresh() {
  try {
    const response = await ask('/v1/overview');
    if (!response.ok) {
      const {error} = await response.json();
      throw new Error(response.status === 401 ? 'a token is needed' : error.message);
    }
    const overview = await response.json();
    for (const show of [showSources, showSums, showMonths, showRunning, showFreed, showHealth]) show(overview);
    byId('updated').textContent = `as of ${overview.at}`;
  } catch (error) {
    say('state', error.message);
    byId('state').className = 'pill bad';
  }
}

async function run() {
  byId('lookup-form').addEventListener('submit', (event) => {
    event.preventDefault();
    lookUp();
  });
  byId('months').addEventListener('keydown', moveByKey);
  byId('token-form').addEventListener('submit', (event) => {
    event.preventDefault();
    sessionStorage.setItem('pgattic-token', byId('token').value);
    refresh();
  });
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((done) => { setTimeout(done, PAUSE_MS); });
  }
}

run();
