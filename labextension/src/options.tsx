/** What this notebook says about its project: kept in its metadata, where it wins over the user's settings. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import * as React from 'react';
import { readOptions, writeOption } from './document';
import type { PipelineModel } from './model';
import type { About } from './payloads';

interface Props {
  model: PipelineModel;
  about: About;
  onSettings(): void;
}

export function OptionsForm({ model, about, onSettings }: Props): React.ReactElement {
  const { panel } = model;
  const options = readOptions(panel, 'nb2pipe');
  const own = readOptions(panel, 'nb2pipe_lab');
  const target = options['target'];
  const targets = typeof target === 'string' ? [target] : Array.isArray(target) ? target.map(String) : [];
  const others = about.targets.filter(name => name !== 'ploomber');
  const record = own['record'];
  return (
    <details className="nb2p-Options">
      <summary>Options of this notebook</summary>
      <label>
        Output folder
        <TextField panel={panel} value={String(own['out'] ?? '')} placeholder={model.out} onText={text => writeOption(panel, 'nb2pipe_lab', 'out', text)} />
      </label>
      <p className="nb2p-Muted">
        Writes to <code>{model.out}</code>
      </p>
      <label>
        Name of the project
        <TextField panel={panel} value={String(options['name'] ?? '')} placeholder="the notebook's" onText={text => writeOption(panel, 'nb2pipe', 'name', text)} />
      </label>
      <label>
        Style
        <select
          className="jp-mod-styled"
          value={String(options['style'] ?? '')}
          onChange={event => writeOption(panel, 'nb2pipe', 'style', event.target.value)}
        >
          <option value="">as the settings say</option>
          {about.styles.map(style => (
            <option key={style} value={style}>
              {style}
            </option>
          ))}
        </select>
      </label>
      {others.length > 0 && (
        <fieldset>
          <legend>Targets besides ploomber</legend>
          {others.map(name => (
            <label key={name}>
              <input
                type="checkbox"
                checked={targets.includes(name)}
                onChange={event =>
                  writeOption(
                    panel,
                    'nb2pipe',
                    'target',
                    event.target.checked ? [...targets, name] : targets.filter(each => each !== name)
                  )
                }
              />
              {name}
            </label>
          ))}
        </fieldset>
      )}
      <label title="Runs the notebook in a kernel of its own; the project's tests compare with what it gave">
        <input
          type="checkbox"
          checked={model.record}
          onChange={event => writeRecord(panel, event.target.checked)}
        />
        Record the notebook for the project's tests{typeof record === 'boolean' ? '' : ' (from the settings)'}
      </label>
      <button type="button" className="nb2p-Link" onClick={onSettings}>
        Settings for all notebooks
      </button>
      {[about.can_run, about.can_verify].filter(Boolean).map(why => (
        <p key={why} className="nb2p-Muted">
          {why}
        </p>
      ))}
    </details>
  );
}

function writeRecord(panel: NotebookPanel, record: boolean): void {
  panel.content.model?.setMetadata('nb2pipe_lab', { ...readOptions(panel, 'nb2pipe_lab'), record });
}

/** A text that is written when the field is left or Enter is pressed, not at each letter. */
function TextField(props: {
  panel: NotebookPanel;
  value: string;
  placeholder: string;
  onText(text: string): void;
}): React.ReactElement {
  const [text, setText] = React.useState(props.value);
  React.useEffect(() => setText(props.value), [props.value, props.panel]);
  const commit = () => {
    if (text.trim() !== props.value) {
      props.onText(text.trim());
    }
  };
  return (
    <input
      className="jp-mod-styled"
      value={text}
      placeholder={props.placeholder}
      spellCheck={false}
      onChange={event => setText(event.target.value)}
      onBlur={commit}
      onKeyDown={event => event.key === 'Enter' && commit()}
    />
  );
}
