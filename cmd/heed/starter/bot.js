// A bot for heed: it says hello once, and answers who mentions it.
//
// heed gives events on stdin and takes wishes on stdout, one JSON object a line. It
// judges each wish, and does itself what is allowed; there is no key of X's here.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');

// The bot's own folder, and the only one that it may write to.
const asked = path.join(process.env.HEED_STATE_DIR, 'asked');

const want = (intent) => console.log(JSON.stringify(intent));

// Counts a question. The file is replaced as a whole: an end half way spoils nothing.
function oneMore() {
  const n = fs.existsSync(asked) ? Number(fs.readFileSync(asked, 'utf8')) + 1 : 1;
  fs.writeFileSync(`${asked}.new`, String(n));
  fs.renameSync(`${asked}.new`, asked);
  return n;
}

const on = {
  hello(event) {
    // A key names the thing for ever: said again at the next start, it is the same post.
    want({ action: 'post', key: 'hello', text: `Hello, I am ${event.bot}, a bot. Ask me something.` });
  },

  mention(event) {
    const n = oneMore();
    want({
      action: 'reply',
      key: `answer-${event.id}`,
      cause: event.id, // what is answered; without it an answer is refused
      target: { post_id: event.mention.post_id }, // ids are strings: they do not fit a number
      text: `Thank you for asking. That was question ${n}.`,
      template: 'answer', // how answers that look alike differ
      facts: { question: String(n) },
    });
  },

  verdict({ verdict }) {
    if (!['allow', 'duplicate'].includes(verdict.decision)) { // duplicate: the key was used before
      console.error('W!', verdict.key, verdict.decision, verdict.message); // stands in heed's log
    }
  },
};

// Ends when heed closes stdin, to have the bot stop.
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const event = JSON.parse(line);
  if (Object.hasOwn(on, event.type)) on[event.type](event);
});
