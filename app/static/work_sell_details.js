// What is said of a line beside its quantity, or of the whole bill: how much is off, and who served.

import { openDialog } from "./dialogs.js";

const number = (text) => text.trim().replace(",", ".");
const fits = (text, most) => text === "" || (/^\d{1,9}(\.\d{1,3})?$/.test(text) && Number(text) <= most);

// ask({ title, percent, amount, staff, both }) → the same, or null; without `staff` nobody is asked who served
export async function ask({ title, percent = "", amount = "", staff = null, both = true }) {
  const dialog = document.getElementById("sell-details");
  const form = dialog.querySelector("form");
  const wrong = dialog.querySelector("[data-details-wrong]");
  dialog.querySelector("h2").textContent = title;
  form.elements.percent.value = percent;
  form.elements.amount.value = amount;
  form.elements.staff.value = staff ?? "";
  dialog.querySelector("[data-line-staff]").hidden = staff === null || form.elements.staff.options.length < 2;
  wrong.hidden = true;
  const check = (event) => {
    if (event.submitter?.value !== "yes") return;
    const said = { percent: number(form.elements.percent.value), amount: number(form.elements.amount.value) };
    const problem = !fits(said.percent, 100) ? "Per cent are between 0 and 100." : !fits(said.amount, 1e9) ? "Write the amount as a number." : !both && Number(said.percent) && Number(said.amount) ? "Give per cent or an amount, not both." : "";
    if (!problem) return;
    event.preventDefault();
    wrong.textContent = problem;
    wrong.hidden = false;
  };
  form.addEventListener("submit", check);
  dialog.returnValue = "no";
  const closed = openDialog(dialog);
  form.elements.percent.select();
  const answer = await closed;
  form.removeEventListener("submit", check);
  if (answer !== "yes") return null;
  const { selectedOptions } = form.elements.staff;
  return { percent: number(form.elements.percent.value), amount: number(form.elements.amount.value), staff: form.elements.staff.value, server: form.elements.staff.value ? selectedOptions[0].textContent : "" };
}

// "10 % off · 2.50 off · Ann", as far as it is said
export function told({ discount = "", reduction = "", server = "" }, sign) {
  return [Number(discount) ? `${discount} % off` : "", Number(reduction) ? `${sign} ${Number(reduction).toFixed(2)} off` : "", server].filter(Boolean).join(" · ");
}
