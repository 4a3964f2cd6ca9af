// Bursts of sound for the most urgent alarm, once somebody has turned sound on; that it is off is always to be seen.
//
// Pulses and pauses lie within the bounds of IEC 60601-1-8, tables 3 and 4, as others tell of them: TI's data sheet of
// the DAC53401 (lengths, pauses), PUI Audio's page on the standard (150 to 1000 Hz, four harmonics up to 4 kHz). The
// standard itself was not read.

const HERTZ = 440;
const HARMONICS = 5;
const LOUD = 0.25;
const RISE_S = 0.02;
// Seconds: of a pulse, between the begins of pulses, and from the begin of one burst to that of the next.
const BURSTS = {
  high: { pulseS: 0.12, begins: [0, 0.2, 0.4, 0.8, 1.0, 1.8, 2.0, 2.2, 2.6, 2.8], againS: 8 },
  medium: { pulseS: 0.18, begins: [0, 0.38, 0.76], againS: 15 },
  low: { pulseS: 0.18, begins: [0, 0.38], againS: 30 },
};
const at = (id) => document.getElementById(id);
let audio = null;
let said = { priority: null, at: 0 };

const sounds = () => audio?.state === "running";

function burst(priority) {
  const { pulseS, begins } = BURSTS[priority];
  const wave = audio.createPeriodicWave(new Float32Array(HARMONICS + 1), Float32Array.from({ length: HARMONICS + 1 }, (_, one) => (one ? 1 / one : 0)));
  for (const begin of begins) {
    const [tone, loudness, from] = [audio.createOscillator(), audio.createGain(), audio.currentTime + 0.05 + begin];
    tone.setPeriodicWave(wave);
    tone.frequency.value = HERTZ;
    loudness.gain.setValueAtTime(0, from);
    loudness.gain.linearRampToValueAtTime(LOUD, from + RISE_S);
    loudness.gain.setValueAtTime(LOUD, from + pulseS - RISE_S);
    loudness.gain.linearRampToValueAtTime(0, from + pulseS);
    tone.connect(loudness).connect(audio.destination);
    tone.start(from);
    tone.stop(from + pulseS);
  }
}

// Give the sound of a priority when it is due: at once where it is another one than before, or else again in time.
export function sound(priority) {
  at("sound-state").textContent = sounds() ? "Sound is on" : audio ? "Sound is off: the browser holds it" : "Sound is off";
  at("sound").classList.toggle("warn", !sounds());
  at("sound-button").textContent = sounds() ? "turn sound off" : "turn sound on";
  if (!sounds()) return;
  if (priority === null) said = { priority, at: 0 };
  else if (priority !== said.priority || performance.now() - said.at >= BURSTS[priority].againS * 1000) {
    burst(priority);
    said = { priority, at: performance.now() };
  }
}

// Turning it on gives a burst of low priority: who hears nothing knows that nothing will be heard.
export async function turn() {
  if (sounds()) {
    await audio.close();
    audio = null;
  } else {
    audio ??= new AudioContext();
    await audio.resume();
    burst("low");
    said = { priority: null, at: 0 };
  }
}
