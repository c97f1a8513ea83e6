// The second script, loaded when a page or a visitor needs more than the first
// has: a choice, the dialog, and what comes alive or asks.

const kit = document.currentScript.consent;
const { site, lang, me, make, address, fetch, trust, policy, missing, try_, setAttribute, wire } = kit;
const parse = (html) => new DOMParser().parseFromString(trust(html), "text/html");

// decide sends a choice, and returns the page that answers it.
kit.decide = async (form, button) => {
	const body = new URLSearchParams(new FormData(form));
	body.set("choice", button.value);
	// Without a way back the answer is no redirect: its header can be read.
	body.delete("return");
	const answer = await fetch(site.prefix + "/", { method: "POST", body });
	if (!answer.ok) throw answer.status;
	await kit.took(answer);
	return answer.text();
};
