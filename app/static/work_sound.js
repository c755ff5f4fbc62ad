// Sounds for right and wrong: short and high, long and low; and the phone's own buzz for wrong.

const TONES = {
  right: [[1320, 0, 0.07]],
  wrong: [[220, 0, 0.16], [180, 0.2, 0.22]],
  done: [[880, 0, 0.09], [1320, 0.1, 0.14]],
};

let context = null;

export function play(name) {
  if (name === "wrong") navigator.vibrate?.([120, 60, 120]);
  try {
    context ??= new AudioContext();
    if (context.state === "suspended") context.resume();
    for (const [pitch, after, length] of TONES[name] ?? []) beep(pitch, context.currentTime + after, length);
  } catch {
    // A machine without sound still has the colour.
  }
}

function beep(pitch, at, length) {
  const tone = context.createOscillator();
  const loud = context.createGain();
  tone.frequency.value = pitch;
  loud.gain.setValueAtTime(0.0001, at);
  loud.gain.exponentialRampToValueAtTime(0.25, at + 0.01);
  loud.gain.exponentialRampToValueAtTime(0.0001, at + length);
  tone.connect(loud).connect(context.destination);
  tone.start(at);
  tone.stop(at + length + 0.02);
}
