import type { CdcExchange } from '../core/cdc-config.ts';
import type { Finding } from '../core/finding.ts';
import type { ExchangeSight } from '../core/vhost.ts';
import { finding, looked, notConfigured, unseen, type Probe } from './probe.ts';
import { wantedExchanges } from './scope.ts';

/** The exchanges that must be there: CDC's, as it declares it, and those of the configuration; each with a binding. */
export const exchangeProbe: Probe = {
  place: 'exchange',
  look: async ({ broker, environment }) => {
    if (broker === null) return notConfigured('exchange', 'no rabbitmq section');
    const wanted = wantedExchanges(environment);
    if (wanted.length === 0) return notConfigured('exchange', 'none is named under rabbitmq.expected.exchanges');
    const subject = `exchange ${wanted.join(', ')}`;
    const seen = await broker.exchanges();
    if (seen.is === 'unseen')
      return looked(subject, {}, [
        unseen('exchange', seen.problem, 'Whether what is published goes anywhere cannot be known.'),
      ]);
    const { cdc } = environment;
    const declared = typeof cdc === 'string' ? null : cdc.exchange;
    const sights = [...seen.value.entries()];
    const bindings = sights.reduce((sum, [, sight]) => sum + (sight?.bindings ?? 0), 0);
    return looked(
      subject,
      { figure: `${bindings} binding${bindings === 1 ? '' : 's'}`, figures: { bindings } },
      sights.flatMap(([name, sight]) =>
        findingsOf(name, sight, declared?.name === name ? declared : null, broker.vhost),
      ),
    );
  },
};

function findingsOf(
  name: string,
  sight: ExchangeSight | null,
  declared: CdcExchange | null,
  vhost: string,
): readonly Finding[] {
  const at = `exchange ${name} in vhost ${vhost}`;
  if (sight === null)
    return [
      finding({
        code: 'exchange.absent',
        place: 'exchange',
        severity: 'broken',
        message: `The ${at} is not there.`,
        evidence: [`GET /api/exchanges: no ${name}`],
        meaning: 'Whoever publishes to it is refused with 404, or declares another one without any bindings.',
        blocks: ['messages that go through this exchange'],
        next: { byHand: null, command: 'esr-ops recover vhost --force-recreate' },
      }),
    ];
  const differs =
    declared !== null && (declared.type !== sight.type || declared.durable !== sight.durable)
      ? [
          finding({
            code: 'exchange.differs',
            place: 'exchange',
            severity: 'broken',
            message: `The ${at} is not as CDC declares it.`,
            figure: `${sight.type}, ${durable(sight.durable)}`,
            evidence: [
              `it is ${sight.type}, ${durable(sight.durable)}; CDC declares ${declared.type}, ${durable(declared.durable)}`,
            ],
            meaning: 'CDC is refused with 406 "inequivalent arg" when it starts, and ends.',
            blocks: ['starting CDC'],
            next: {
              byHand:
                'Agree on one: rabbitmq_exchange_type and _durable of CDC, cdc.exchange of this configuration, and the exchange.',
              command: 'esr-ops maxwell status',
            },
          }),
        ]
      : [];
  if (sight.bindings > 0) return differs;
  return [
    ...differs,
    finding({
      code: 'exchange.unbound',
      place: 'exchange',
      severity: 'broken',
      message: `Nothing is bound to the ${at}.`,
      figure: '0 bindings',
      evidence: [`GET /api/exchanges/.../${name}/bindings/source: empty`],
      meaning: 'Everything that is published to it is dropped without a word, and CDC moves its position past it.',
      blocks: ['messages that go through this exchange'],
      next: { byHand: null, command: 'esr-ops recover vhost --force-recreate' },
    }),
  ];
}

function durable(is: boolean): string {
  return is ? 'durable' : 'not durable';
}
