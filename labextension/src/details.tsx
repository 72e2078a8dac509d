/** What is behind the stage or edge that is chosen in the graph. */
import * as React from 'react';
import type { Analysis, Edge, Place, Stage, StageState } from './payloads';
import { Prose } from './prose';
import type { Selection } from './selection';
import { describeCells, describePlace, describeSeconds, lineAt } from './places';

interface Props {
  analysis: Analysis;
  selection: Selection | null;
  sources: readonly string[];
  states: ReadonlyMap<string, StageState>;
  onGo(place: Place): void;
  onSelect(selection: Selection | null): void;
}

const KINDS: Record<Edge['kind'], string> = {
  data: 'variable',
  state: 'hidden state',
  file: 'file',
  order: 'order'
};

export function Details(props: Props): React.ReactElement | null {
  const { analysis, selection } = props;
  if (selection?.kind === 'stage') {
    const stage = analysis.stages.find(s => s.name === selection.stage);
    return stage ? <StageDetails {...props} stage={stage} /> : null;
  }
  if (selection?.kind === 'link') {
    const link = analysis.links.find(k => k.source === selection.source && k.target === selection.target);
    return link ? (
      <section aria-label={`Edge ${link.source} to ${link.target}`}>
        <h3>
          {link.source} → {link.target}
        </h3>
        {link.edges.map(n => (
          <EdgeDetails key={n} edge={analysis.edges[n]} {...props} />
        ))}
      </section>
    ) : null;
  }
  return analysis.parameters.length ? (
    <section aria-label="Parameters">
      <h3>Parameters</h3>
      <ul>
        {analysis.parameters.map(p => (
          <li key={p.name}>
            <PlaceLink place={p.place} onGo={props.onGo}>
              <code>{`${p.name} = ${p.source}`}</code>
            </PlaceLink>{' '}
            <span className="nb2p-Muted">
              <Prose text={p.comment} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  ) : null;
}

function StageDetails({ stage, analysis, states, onGo, onSelect }: Props & { stage: Stage }): React.ReactElement {
  const state = states.get(stage.name);
  const values = new Map(analysis.parameters.map(p => [p.name, p]));
  const link = (name: string) => (
    <button type="button" className="nb2p-Link" onClick={() => onSelect({ kind: 'stage', stage: name })}>
      {name}
    </button>
  );
  return (
    <section aria-label={`Stage ${stage.name}`} className="nb2p-StageDetails" style={{ '--nb2p-color': stage.color } as React.CSSProperties}>
      <h3>{stage.title || stage.name}</h3>
      <p className="nb2p-Muted">
        <code>{stage.name}</code>
        {stage.cells.length > 0 && ` · ${describeCells(stage.cells)}`}
        {stage.style && ` · ${stage.style === 'function' ? 'code in a module' : 'code in its notebook'}`}
        {state && ` · ${state.state}${state.seconds === null ? '' : ` in ${describeSeconds(state.seconds)}`}`}
      </p>
      {stage.summary && (
        <p>
          <Prose text={stage.summary} />
        </p>
      )}
      <List title="Parameters">
        {stage.parameters.map(name => {
          const parameter = values.get(name);
          return parameter ? (
            <PlaceLink key={name} place={parameter.place} onGo={onGo}>
              <code>{`${name} = ${parameter.source}`}</code>
            </PlaceLink>
          ) : (
            <code key={name}>{name}</code>
          );
        })}
      </List>
      <List title="Reads">
        {stage.inputs.map(input => (
          <React.Fragment key={input.name + input.stage}>
            <code>{`${input.name}: ${input.type}`}</code> from {link(input.stage)}
          </React.Fragment>
        ))}
      </List>
      <List title="Products">
        {stage.outputs.map(output => (
          <React.Fragment key={output.name}>
            <PlaceLink place={output.place} onGo={onGo}>
              <code>{`${output.name}: ${output.type}`}</code>
            </PlaceLink>
            {!output.certain && <span className="nb2p-Muted"> on some paths only</span>}
          </React.Fragment>
        ))}
      </List>
      <List title="Metrics">
        {stage.metrics.map(name => (
          <code key={name}>{name}</code>
        ))}
      </List>
      <List title="Waits for">{stage.upstream.map(name => <React.Fragment key={name}>{link(name)}</React.Fragment>)}</List>
    </section>
  );
}

function EdgeDetails({ edge, sources, onGo }: Props & { edge: Edge }): React.ReactElement {
  const row = (word: string, place: Place) =>
    place.cell > 0 && (
      <div>
        <PlaceLink place={place} onGo={onGo}>
          {word} {describePlace(place)}
        </PlaceLink>
        <pre>{lineAt(sources, place)}</pre>
      </div>
    );
  return (
    <div className="nb2p-Edge">
      <h4>
        {KINDS[edge.kind]} {edge.name && <code>{edge.name}</code>}
      </h4>
      {edge.why && (
        <p>
          <Prose text={edge.why} />
        </p>
      )}
      {row('defined in', edge.defined)}
      {row('used in', edge.used)}
    </div>
  );
}

function List({ title, children }: { title: string; children: React.ReactNode[] }): React.ReactElement | null {
  return children.length ? (
    <>
      <h4>{title}</h4>
      <ul>
        {children.map((child, n) => (
          <li key={n}>{child}</li>
        ))}
      </ul>
    </>
  ) : null;
}

/** A button that goes to a place in the notebook. */
export function PlaceLink(props: {
  place: Place;
  onGo(place: Place): void;
  children: React.ReactNode;
}): React.ReactElement {
  return (
    <button
      type="button"
      className="nb2p-Link"
      title={`Go to ${describePlace(props.place)}`}
      disabled={!props.place.cell}
      onClick={() => props.onGo(props.place)}
    >
      {props.children}
    </button>
  );
}
