// A service as it behaves in an incident: it comes back every 20 ms with the credentials it always had, and the first
// thing it does inside is to declare an exchange in its own way. Says on standard output when it got in, when it was
// closed, and what the broker answered to its declaration; counts refusals. Ends when its standard input closes.
import amqp from 'amqplib';

const { CLIENT_URL, CLIENT_VHOST, CLIENT_USER, CLIENT_PASSWORD, CLIENT_EXCHANGE } = process.env;
const url = new URL(CLIENT_URL);
const options = {
  protocol: 'amqp',
  hostname: url.hostname,
  port: Number(url.port),
  username: CLIENT_USER,
  password: CLIENT_PASSWORD,
  vhost: CLIENT_VHOST,
};
let ended = false;
let refused = 0;

function say(what, more = {}) {
  process.stdout.write(`${JSON.stringify({ what, at: Date.now(), refused, ...more })}\n`);
}

async function enter() {
  const connection = await amqp.connect(options, { clientProperties: { connection_name: 'hammering client' } });
  say('in');
  const closed = new Promise((resolve) => connection.on('close', resolve));
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    await channel.assertExchange(CLIENT_EXCHANGE, 'fanout', { durable: false });
    say('declared');
  } catch (error) {
    say('not declared', { why: String(error) });
  }
  await closed;
  say('out');
}

process.stdin.on('end', () => {
  ended = true;
  process.exit(0);
});
process.stdin.resume();
say('started');
while (!ended) {
  try {
    await enter();
  } catch {
    refused += 1;
    if (refused % 25 === 1) say('refused');
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
}
