/** The graph in the panel: the server's picture, made zoomable, choosable and described for screen readers. */
import * as React from 'react';
import type { Analysis, StageState } from './payloads';
import { describeSeconds } from './places';
import { isNear, isSame, selectionOf, type Selection } from './selection';

interface Props {
  analysis: Analysis;
  /** It is of an earlier state of the notebook, as the present one does not convert. */
  isStale: boolean;
  selection: Selection | null;
  states: ReadonlyMap<string, StageState>;
  onSelect(selection: Selection | null): void;
  onOpenStage(stage: string): void;
}

const STEP = 1.25;
const LEAST = 0.35;
const MOST = 2.5;

export function Graph(props: Props): React.ReactElement {
  const { analysis, selection, states } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const picture = React.useRef<HTMLDivElement>(null);
  const [zoom, setZoom] = React.useState<number | null>(null); // null: as wide as the panel
  const [hovered, setHovered] = React.useState<Selection | null>(null);
  const [isLow, setLow] = React.useState(false); // what is hovered is in the lower half: the note goes to the top
  const latest = React.useRef(props);
  latest.current = props;

  React.useLayoutEffect(() => {
    const node = picture.current;
    if (!node) {
      return;
    }
    const focused = (document.activeElement as HTMLElement | null)?.closest('[data-detail]');
    const mark = node.contains(focused ?? null) ? focused?.getAttribute('data-detail') : null;
    const parsed = new DOMParser().parseFromString(analysis.svg, 'image/svg+xml');
    node.replaceChildren(document.importNode(parsed.documentElement, true));
    if (mark) {
      node.querySelector<SVGElement>(`[data-detail="${mark}"]`)?.focus();
    }
  }, [analysis.svg]);

  React.useLayoutEffect(() => {
    const svg = picture.current?.querySelector('svg');
    if (svg && host.current) {
      const [, , width, height] = (svg.getAttribute('viewBox') ?? '0 0 1 1').split(' ').map(Number);
      const fit = Math.min(1, Math.max(LEAST, (host.current.clientWidth - 18) / width));
      const scale = zoom ?? fit;
      svg.setAttribute('width', String(width * scale));
      svg.setAttribute('height', String(height * scale));
    }
  });

  const [, setTick] = React.useState(0);
  React.useEffect(() => {
    const refit = new ResizeObserver(() => setTick(tick => tick + 1)); // the effect above then fits the picture
    if (host.current) {
      refit.observe(host.current);
    }
    return () => refit.disconnect();
  }, []);

  React.useLayoutEffect(() => {
    const node = picture.current;
    const shown = selection ?? hovered;
    for (const mark of node?.querySelectorAll<SVGElement>('[data-detail]') ?? []) {
      const one = selectionOf(mark.dataset.detail, analysis);
      mark.setAttribute('aria-pressed', String(isSame(one, selection)));
      mark.classList.toggle('near', isNear(one, shown, analysis.links));
    }
    node?.querySelector('svg')?.classList.toggle('chosen', Boolean(shown));
    drawStates(node, analysis, states);
  }, [analysis, selection, hovered, states]);

  const chosen = (event: React.SyntheticEvent): Selection | null => {
    const mark = (event.target as Element).closest<SVGElement>('[data-detail]');
    return selectionOf(mark?.dataset.detail, analysis);
  };
  const choose = (one: Selection | null) => {
    const now = latest.current;
    now.onSelect(isSame(one, now.selection) ? null : one);
    if (one?.kind === 'stage') {
      now.onOpenStage(one.stage);
    }
  };
  const scale = (factor: number) => {
    const svg = picture.current?.querySelector('svg');
    const width = Number(svg?.getAttribute('width')) || 1;
    const whole = Number((svg?.getAttribute('viewBox') ?? '').split(' ')[2]) || 1;
    setZoom(Math.min(MOST, Math.max(LEAST, (width / whole) * factor)));
  };
  return (
    <div className={`nb2p-Graph${props.isStale ? ' nb2p-mod-stale' : ''}`}>
      <div className="nb2p-Zoom" role="group" aria-label="Size of the graph">
        <button type="button" title="Smaller" aria-label="Smaller" onClick={() => scale(1 / STEP)}>−</button>
        <button type="button" title="As wide as the panel" aria-pressed={zoom === null} onClick={() => setZoom(null)}>Fit</button>
        <button type="button" title="Larger" aria-label="Larger" onClick={() => scale(STEP)}>+</button>
      </div>
      <div className="nb2p-GraphScroll" ref={host}>
        <div
          ref={picture}
          role="group"
          aria-label="Pipeline"
          onClick={event => choose(chosen(event))}
          onMouseOver={event => {
            const box = host.current?.getBoundingClientRect();
            setLow(Boolean(box && event.clientY > box.top + box.height / 2));
            setHovered(chosen(event));
          }}
          onMouseLeave={() => setHovered(null)}
          onFocus={event => setHovered(chosen(event))}
          onBlur={() => setHovered(null)}
          onKeyDown={event => {
            if (event.key === 'Enter' || event.key === ' ') {
              event.preventDefault();
              choose(chosen(event));
            } else if (event.key === 'Escape') {
              props.onSelect(null);
            }
          }}
        />
      </div>
      {props.isStale && <div className="nb2p-Muted">The graph from before the errors.</div>}
      {hovered && !isSame(hovered, selection) && <Peek analysis={analysis} selection={hovered} isAtTop={isLow} />}
    </div>
  );
}

/** What hovering an edge tells at once: the variables, and where they come from and go to. */
function Peek({
  analysis,
  selection,
  isAtTop
}: {
  analysis: Analysis;
  selection: Selection;
  isAtTop: boolean;
}): React.ReactElement | null {
  if (selection.kind !== 'link') {
    return null;
  }
  const link = analysis.links.find(k => k.source === selection.source && k.target === selection.target);
  const rows = (link?.edges ?? []).map(n => analysis.edges[n]);
  return (
    <div className={`nb2p-Peek${isAtTop ? ' nb2p-mod-top' : ''}`} role="status">
      <strong>{`${selection.source} → ${selection.target}`}</strong>
      {rows.map((edge, n) => (
        <div key={n}>
          <code>{edge.name || edge.kind}</code>
          {edge.defined.cell > 0 && ` cell ${edge.defined.cell}:${edge.defined.line}`}
          {edge.used.cell > 0 && ` → cell ${edge.used.cell}:${edge.used.line}`}
        </div>
      ))}
    </div>
  );
}

/** Writes each stage's state and time into its box. */
function drawStates(node: HTMLElement | null, analysis: Analysis, states: ReadonlyMap<string, StageState>): void {
  node?.querySelectorAll('.nb2p-State').forEach(old => old.remove());
  analysis.stages.forEach((stage, n) => {
    const state = states.get(stage.name);
    const box = node?.querySelector(`[data-detail="stage-${n}"]`);
    const card = box?.querySelector('rect.card');
    if (!state || !box || !card) {
      return;
    }
    const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    text.setAttribute('class', `nb2p-State nb2p-mod-${state.state.replace(/\W/g, '')}`);
    text.setAttribute('x', String(Number(card.getAttribute('x')) + Number(card.getAttribute('width')) - 4));
    text.setAttribute('y', String(Number(card.getAttribute('y')) - 3));
    text.setAttribute('text-anchor', 'end');
    text.textContent = state.seconds === null ? state.state : `${state.state} ${describeSeconds(state.seconds)}`;
    box.append(text);
  });
}
