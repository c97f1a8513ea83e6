// Placeholders that ask, where visible content was held back.

const asked = new Map();
const ask = async (el, needed) => {
	if (asked.has(el) || !kit.shows(el)) return;
	asked.set(el, () => {});
	const gone = await placeholder(el, needed);
	if (asked.has(el)) asked.set(el, gone);
	else gone();
};
const unask = (el) => {
	if (asked.has(el)) asked.get(el)();
	asked.delete(el);
};
// A copy of a page that was left brings copies of placeholders, which do nothing.
const places = new WeakSet();
const dropCopies = (root) => {
	for (const place of root.querySelectorAll(".consent-ask")) {
		if (places.has(place)) continue;
		place.nextElementSibling?.style.removeProperty("display");
		place.remove();
	}
};
kit.ask = ask;
kit.unask = unask;

// placeholder puts a placeholder over an element that needs purposes, and returns what
// takes it away. The page with its words is fetched once.
let once;
const placeholder = async (el, needed) => {
	const [width, height] = kit.sizeOf(el);
	if (!once) document.head.append(stylesheet());
	const main = await (once ||= page().catch((e) => { once = undefined; throw e; })), words = wordsOf(main);
	const labels = needed.map((purpose) => purpose && main.querySelector("#purpose-" + purpose + " + label"));
	if (!labels.every(Boolean) || !missing(needed.join(" "))[0]) return () => {};
	const place = make("span"), why = make("span"), button = make("button"), { display } = el.style;
	place.className = "consent-ask";
	places.add(place);
	place.lang = lang;
	place.style.width = width + "px";
	place.style.height = height + "px";
	why.textContent = words.why;
	button.type = "button";
	button.textContent = words.ask.replace("{}", labels.map((label) => label.textContent).join(" + "));
	button.onclick = () => window.consent.set([...kit.granted(), ...needed]).catch(() => location.assign(address()));
	place.append(why, button);
	el.style.display = "none";
	el.before(place);
	return () => {
		place.remove();
		el.style.display = display;
	};
};
