import type { ExitName } from '../core/exit-codes.ts';
import type { Composition } from './composition.ts';
import type { Invocation } from './invocation.ts';

/**
 * Carries an invocation out. Each command is loaded when it is asked for, so that help loads none of them. `stopped`
 * is the answer of `lab cdc status` alone (see stoppedStatus).
 */
export async function dispatch(composition: Composition, invocation: Invocation): Promise<ExitName | 'stopped'> {
  switch (invocation.is) {
    case 'run':
      return await (
        await import('./commands/run-runbook.ts')
      ).runRunbook(composition, invocation.runbook, invocation.raw, invocation.options);
    case 'apply':
      return await (
        await import('./commands/apply-plan.ts')
      ).applyPlan(composition, invocation.file, invocation.options);
    case 'resume':
      return await (await import('./commands/resume.ts')).resume(composition, invocation.run, invocation.options);
    case 'runs.list':
      return await (await import('./commands/runs.ts')).listRuns(composition);
    case 'runs.show':
      return await (await import('./commands/runs.ts')).showRun(composition, invocation.run);
    case 'runs.ack':
      return await (await import('./commands/runs.ts')).acknowledgeRun(composition, invocation.run, invocation.reason);
    case 'runs.note':
      return await (await import('./commands/runs.ts')).noteRun(composition, invocation.run, invocation.text);
    case 'runs.purge':
      return await (
        await import('./commands/runs.ts')
      ).purgeRuns(composition, invocation.keep, invocation.olderThanDays, invocation.yes);
    case 'reconcile':
      return await (await import('./commands/reconcile.ts')).reconcile(composition, invocation);
    case 'report':
      return await (await import('./commands/report.ts')).report(composition, invocation.options);
    case 'runbook.list':
      return await (await import('./commands/runbooks.ts')).listRunbooks(composition);
    case 'runbook.show':
      return await (await import('./commands/runbooks.ts')).showRunbook(composition, invocation.command, invocation.as);
    case 'runbook.lint':
      return await (await import('./commands/runbooks.ts')).lintRunbooks(composition, invocation.paths);
    case 'vhost.captures':
      return await (await import('./commands/captures.ts')).listCaptures(composition, invocation.vhost);
    case 'vhost.drains':
      return await (await import('./commands/messages.ts')).listDrains(composition);
    case 'vhost.messages':
      return await (
        await import('./commands/messages.ts')
      ).showMessages(composition, invocation.drain, invocation.options);
    case 'maxwell.locate':
      return await (await import('./commands/maxwell.ts')).locatePlace(composition, invocation.at, invocation.gtid);
    case 'maxwell.preview':
      return await (
        await import('./commands/maxwell.ts')
      ).previewReplay(composition, invocation.from, invocation.until);
    case 'maxwell.status':
      return await (await import('./commands/maxwell.ts')).showStatus(composition);
    case 'status':
      return await (await import('./commands/status.ts')).showInterface(composition, invocation.options);
    case 'diagnose':
      return await (await import('./commands/diagnose.ts')).diagnose(composition, invocation.options);
    case 's3.check':
      return await (await import('./commands/s3.ts')).checkS3(composition, invocation);
    case 'notify': {
      const { flushNotices, listNotices, testNotices } = await import('./commands/notify.ts');
      return await { test: testNotices, flush: flushNotices, status: listNotices }[invocation.verb](composition);
    }
    case 'config.show':
      return await (await import('./commands/config.ts')).showConfig(composition);
    case 'config.schema':
      return await (await import('./commands/config.ts')).showConfigSchema(composition);
    case 'config.check':
      return await (await import('./commands/config.ts')).checkConfig(composition);
    case 'config.example':
      return await (await import('./commands/config.ts')).showConfigExample(composition);
    case 'schedule':
      return await (await import('./commands/loads.ts')).showSchedule(composition, invocation.at, invocation.since);
    case 'etl.list':
      return await (await import('./commands/loads.ts')).listLoads(composition);
    case 'etl.status':
      return await (
        await import('./commands/etl-status.ts')
      ).showLoadStatus(composition, invocation.loadType, invocation.date);
    case 'etl.explain':
      return await (await import('./commands/loads.ts')).explain(composition, invocation.name, 'load-type');
    case 'explain':
      return await (await import('./commands/loads.ts')).explain(composition, invocation.name, null);
    case 'help':
      return await (await import('./commands/help.ts')).showTopic(composition, invocation.topic);
    case 'completion':
      return await (await import('./commands/completion.ts')).showCompletion(composition, invocation.shell);
    case 'lab':
      return await (await import('./commands/lab.ts')).lab(composition, invocation);
    case 'rehearse':
      return await (
        await import('./commands/rehearse.ts')
      ).rehearse(composition, invocation.scenario, invocation.options);
    case 'rehearse.aside':
      return await (
        await import('./commands/rehearse-aside.ts')
      ).rehearseAside(composition, invocation.verb, invocation.name);
    default:
      return invocation satisfies never;
  }
}
