/** Proposed stages: each with its reason and a box; the graph shows what those that are wanted would give. */
import * as React from 'react';
import { PlaceLink } from './details';
import type { PipelineModel } from './model';
import type { Place } from './payloads';
import { count, summarize } from './places';

interface Props {
  model: PipelineModel;
  onGo(place: Place): void;
}

export function ReviewList({ model, onGo }: Props): React.ReactElement | null {
  const { review } = model;
  if (!review) {
    return null;
  }
  const { proposals, accepted, preview } = review;
  const wanted = accepted.filter(Boolean).length;
  if (!proposals.length) {
    return (
      <section aria-label="Proposed stages">
        <h3>Proposed stages</h3>
        <p>There is nothing to propose: the notebook has stage tags already, or no code.</p>
        <button type="button" className="nb2p-Button" onClick={() => model.dismissProposals()}>
          Close
        </button>
      </section>
    );
  }
  return (
    <section aria-label="Proposed stages" className="nb2p-Review">
      <h3>Proposed stages</h3>
      <p className="nb2p-Muted" role="status">
        The graph and the cells show the proposal{preview ? `: ${summarize(preview)}` : ' …'}. Nothing is written yet.
      </p>
      <ul>
        {proposals.map((proposal, n) => (
          <li key={n}>
            <label>
              <input
                type="checkbox"
                checked={accepted[n]}
                onChange={event => void model.accept(n, event.target.checked)}
              />
              <code>{proposal.tag}</code>
            </label>{' '}
            <PlaceLink place={{ cell: proposal.cell, line: 0, column: 0, end_line: 0, end_column: 0 }} onGo={onGo}>
              cell {proposal.cell}
            </PlaceLink>
            <div className="nb2p-Muted">{proposal.why}</div>
          </li>
        ))}
      </ul>
      <div className="nb2p-Buttons">
        <button type="button" className="nb2p-Button" onClick={() => model.dismissProposals()}>
          Dismiss
        </button>
        <button
          type="button"
          className="nb2p-Button nb2p-mod-primary"
          disabled={!wanted}
          onClick={() => model.acceptProposals()}
        >
          {wanted === proposals.length ? 'Accept all' : `Accept ${count(wanted, 'tag')}`}
        </button>
      </div>
    </section>
  );
}
