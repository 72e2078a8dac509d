/** The list of diagnostics: place, message, remedy, page, quick fixes. */
import * as React from 'react';
import { PlaceLink } from './details';
import type { Diagnostic, Fix, Place } from './payloads';
import { describePlace } from './places';
import { Prose } from './prose';

interface Props {
  diagnostics: readonly Diagnostic[];
  fixesFor(diagnostic: Diagnostic): readonly Fix[];
  onFix(fix: Fix): void;
  onGo(place: Place): void;
  onPage(code: string): void;
}

export function Problems(props: Props): React.ReactElement | null {
  const { diagnostics } = props;
  if (!diagnostics.length) {
    return null;
  }
  return (
    <section aria-label="Diagnostics">
      <h3>Diagnostics</h3>
      <ul className="nb2p-Problems">
        {diagnostics.map((diagnostic, n) => (
          <Problem key={n} {...props} diagnostic={diagnostic} />
        ))}
      </ul>
    </section>
  );
}

function Problem(props: Props & { diagnostic: Diagnostic }): React.ReactElement {
  const { diagnostic, onGo, onPage, onFix } = props;
  return (
    <li className={`nb2p-Problem nb2p-mod-${diagnostic.severity}`}>
      <div>
        <button
          type="button"
          className="nb2p-Code"
          title={`What ${diagnostic.code} means: ${diagnostic.title}`}
          onClick={() => onPage(diagnostic.code)}
        >
          {diagnostic.severity} {diagnostic.code}
        </button>
        {diagnostic.place.cell > 0 && (
          <PlaceLink place={diagnostic.place} onGo={onGo}>
            {describePlace(diagnostic.place)}
          </PlaceLink>
        )}
      </div>
      <div>
        <Prose text={diagnostic.message} />
        {diagnostic.label && (
          <span className="nb2p-Muted">
            : <Prose text={diagnostic.label} />
          </span>
        )}
      </div>
      {diagnostic.related.map((related, n) => (
        <div key={n}>
          <PlaceLink place={related.place} onGo={onGo}>
            {describePlace(related.place)}
          </PlaceLink>
          <span className="nb2p-Muted">
            : <Prose text={related.message} />
          </span>
        </div>
      ))}
      {diagnostic.help && <div className="nb2p-Help"><Prose text={diagnostic.help} /></div>}
      {props.fixesFor(diagnostic).map(fix => (
        <button key={fix.title} type="button" className="nb2p-Button" onClick={() => onFix(fix)}>
          <Prose text={fix.title} />
        </button>
      ))}
    </li>
  );
}
