/** The side panel: the pipeline of the notebook in front. */
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { Signal, type ISignal } from '@lumino/signaling';
import * as React from 'react';
import { Details } from './details';
import { Graph } from './graph';
import { pipelineIcon } from './icon';
import type { PipelineModel } from './model';
import { OptionsForm } from './options';
import type { About, Analysis, Place } from './payloads';
import { summarize } from './places';
import { Problems } from './problems';
import { ReviewList } from './review';
import { Work } from './work';

/** What the panel can do beyond its model. */
export interface PanelActions {
  goTo(model: PipelineModel, place: Place): void;
  showStage(model: PipelineModel, stage: string): void;
  showPage(code: string): void;
  openFile(path: string): void;
  openReport(path: string): void;
  openSettings(): void;
}

export class PipelinePanel extends ReactWidget {
  constructor(private readonly actions: PanelActions) {
    super();
    this.id = 'nb2pipe-panel';
    this.addClass('nb2p-Panel');
    this.title.icon = pipelineIcon;
    this.title.caption = 'Pipeline (nb2pipe)';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'Pipeline');
  }

  /** The notebook in front, or null. */
  get model(): PipelineModel | null {
    return this._model;
  }
  set model(model: PipelineModel | null) {
    this._model?.changed.disconnect(this.onChanged, this);
    this._model = model;
    model?.changed.connect(this.onChanged, this);
    this.onChanged();
  }

  /** What the server can do; null until it has said so. */
  get about(): About | null {
    return this._about;
  }
  set about(about: About | null) {
    this._about = about;
    this.onChanged();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  render(): React.ReactElement {
    return (
      <UseSignal signal={this.changed}>
        {() => <Content model={this._model} about={this._about} actions={this.actions} />}
      </UseSignal>
    );
  }

  private onChanged(): void {
    this._changed.emit();
  }

  private _model: PipelineModel | null = null;
  private _about: About | null = null;
  private _changed = new Signal<this, void>(this);
}

interface Props {
  model: PipelineModel | null;
  about: About | null;
  actions: PanelActions;
}

function Content({ model, about, actions }: Props): React.ReactElement {
  if (!model) {
    return <p className="nb2p-Empty">Open a notebook to see its pipeline.</p>;
  }
  const { review, analysis } = model;
  const shown = review?.preview ?? analysis;
  const drawn = shown?.converts ? shown : model.drawn;
  const go = (place: Place) => actions.goTo(model, place);
  return (
    <>
      <Head model={model} about={about} />
      {about?.warnings.map(warning => (
        <p key={warning} className="nb2p-Problem nb2p-mod-warning">{warning}</p>
      ))}
      {model.failure && (
        <p className="nb2p-Wrong" role="alert">
          {model.failure}{' '}
          <button type="button" className="nb2p-Button" onClick={() => model.refresh()}>
            Try again
          </button>
        </p>
      )}
      <Work model={model} onOpenFile={actions.openFile} onOpenReport={actions.openReport} onGo={go} onPage={actions.showPage} />
      {drawn && (
        <Graph
          analysis={drawn}
          isStale={drawn !== shown}
          selection={model.selection}
          states={model.stageStates}
          onSelect={selection => model.select(selection)}
          onOpenStage={stage => actions.showStage(model, stage)}
        />
      )}
      {!drawn && shown && <TaggedStages analysis={shown} onShow={stage => actions.showStage(model, stage)} />}
      <ReviewList model={model} onGo={go} />
      {drawn && !review && (
        <Details
          analysis={drawn}
          selection={model.selection}
          sources={model.sources}
          states={model.stageStates}
          onGo={go}
          onSelect={selection => model.select(selection)}
        />
      )}
      {shown && (
        <Problems
          diagnostics={shown.diagnostics}
          fixesFor={diagnostic => (review ? [] : model.fixesFor(diagnostic))}
          onFix={fix => model.applyFix(fix)}
          onGo={go}
          onPage={actions.showPage}
        />
      )}
      {about && <OptionsForm model={model} about={about} onSettings={actions.openSettings} />}
    </>
  );
}

/** The stages of a notebook that has never converted: there is no graph to show. */
function TaggedStages(props: { analysis: Analysis; onShow(stage: string): void }): React.ReactElement | null {
  const { stages } = props.analysis;
  return stages.length ? (
    <section aria-label="Stages">
      <h3>Stages</h3>
      <p className="nb2p-Muted">The graph is drawn when there are no errors.</p>
      <div className="nb2p-StageList">
        {stages.map(({ name, color }) => (
          <button
            key={name}
            type="button"
            className="nb2p-Chip"
            style={{ '--nb2p-color': color } as React.CSSProperties}
            onClick={() => props.onShow(name)}
          >
            {name}
          </button>
        ))}
      </div>
    </section>
  ) : null;
}

function Head({ model, about }: { model: PipelineModel; about: About | null }): React.ReactElement {
  const { analysis } = model;
  const busy = model.task?.state === 'running';
  const converts = Boolean(analysis?.converts) && !model.review;
  const why = converts ? '' : 'The notebook does not convert yet: see the diagnostics';
  const hasStages = analysis?.cells.some(cell => cell.role === 'stage' && cell.named) ?? false;
  return (
    <div className="nb2p-Head">
      <h2>{model.path.slice(model.path.lastIndexOf('/') + 1)}</h2>
      <p className="nb2p-Summary" role="status" aria-live="polite">
        {analysis ? summarize(analysis) : model.failure ? '' : 'Analyzing …'}
      </p>
      <div className="nb2p-Buttons">
        {!hasStages && !model.review && (
          <button type="button" className="nb2p-Button" onClick={() => void model.propose()}>
            Propose stages
          </button>
        )}
        <button
          type="button"
          className="nb2p-Button nb2p-mod-primary"
          disabled={busy || !converts}
          title={why || `Save the notebook and write the project to ${model.out}`}
          onClick={() => void model.start('convert')}
        >
          Convert
        </button>
        {about && !about.can_run && (
          <button
            type="button"
            className="nb2p-Button"
            disabled={busy}
            title={`Run the pipeline in ${model.out}`}
            onClick={() => void model.start('run')}
          >
            Run
          </button>
        )}
        {about && !about.can_verify && (
          <button
            type="button"
            className="nb2p-Button"
            disabled={busy}
            title={`Run the notebook and the pipeline in ${model.out}, and compare them`}
            onClick={() => void model.start('verify')}
          >
            Verify
          </button>
        )}
      </div>
    </div>
  );
}
