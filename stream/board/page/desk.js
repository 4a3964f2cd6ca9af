// Log-in, and what the user asks for. Nothing on the page changes by a deed: the server tells what became of it.

const at = (id) => document.getElementById(id);
const SESSION_LOOK_MS = 5000;
let csrf = "";

function post(path, body) {
  return fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(body),
  });
}

async function sentence(answer) {
  return (await answer.json().catch(() => ({}))).error ?? `the board answers ${answer.status}`;
}

// Call `begin` with the user once the page may show the ward.
export async function enter(begin) {
  const user = await (await fetch("/me")).json();
  if (user.log_in && !user.name) {
    at("ward").hidden = true;
    at("login").hidden = false;
    at("login-form").addEventListener("submit", logIn);
    return;
  }
  csrf = user.csrf;
  at("user").hidden = !user.name;
  at("user-name").textContent = user.name ?? "";
  at("logout").addEventListener("click", async () => {
    await post("/logout", {});
    location.reload();
  });
  begin(user);
  if (user.log_in) setInterval(leaveWhenOver, SESSION_LOOK_MS);
}

// The session may have ended, here or in another tab: then nothing of the ward stays on the page.
async function leaveWhenOver() {
  const user = await fetch("/me").then((answer) => answer.json()).catch(() => null);
  if (user?.log_in && !user.name) location.reload();
}

async function logIn(event) {
  event.preventDefault();
  const form = new FormData(event.target);
  const answer = await post("/login", { name: form.get("name"), password: form.get("password") });
  if (answer.ok) location.reload();
  else at("login-error").textContent = await sentence(answer);
}

// A click on a button of a bed.
export async function act(event) {
  const button = event.target.closest("button[data-deed]");
  if (!button) return;
  const { deed, alert, ends, patient } = button.dataset;
  const wanted = { deed, patient };
  if (alert) wanted.alert = alert;
  if (ends) wanted.ends = ends;
  const reason = button.closest("p")?.querySelector("select");
  if (reason && deed !== "acknowledge") wanted.reason = reason.value;
  const answer = await post("/deeds", wanted).catch(() => null);
  at("refused").textContent = answer?.ok ? "" : answer ? `${await sentence(answer)}.` : "The board does not answer.";
  if (answer?.status === 401) location.reload();
}
