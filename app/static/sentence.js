// What to tell of an answer that is not the one hoped for: the server's own sentence, or one for its status.

const WORDS = { 403: "You are not allowed to do that.", 404: "This record is no longer there.", 413: "That is too large." };

export async function sentence(answer) {
  const type = answer.headers.get("Content-Type") ?? "";
  if (type.includes("json")) return (await answer.json().catch(() => ({}))).message ?? "That did not work.";
  return WORDS[answer.status] ?? "That did not work. Try again.";
}
