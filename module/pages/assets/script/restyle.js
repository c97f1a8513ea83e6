// Style sheets bear no marks: what was refused in them is about:invalid. Those that
// hold it are fetched again, and those that stand in the page with the page. In an
// old page they may be of any type, as which the gateway would not know them here.

const invalid = "about:invalid";
const holds = (sheet) => try_(() => [...sheet.cssRules].some((rule) => rule.cssText.includes(invalid) || holds(rule.styleSheet)));
const refetch = (sheet) => fetch(sheet.href, { cache: "reload" });
// renew has a sheet import anew what holds it. Firefox keeps sheets by their address,
// whatever the cache has now, but a fragment makes it another address.
const renew = (sheet) => [...sheet.cssRules].forEach(async ({ cssText, href, styleSheet }, i) => {
	if (!holds(styleSheet)) return;
	await refetch(styleSheet);
	sheet.deleteRule(i);
	sheet.insertRule(cssText.replace(href, "$&#"), i);
	// Nobody is told when it is here, but the cache has it.
	setTimeout(() => try_(() => renew(sheet.cssRules[i].styleSheet)), 500);
});

// matches tells whether a text lacks nothing but what was taken out.
const matches = (whole, parts) => whole.startsWith(parts[0]) && parts.every((part) => whole.includes(part));

const restyle = async () => {
	if (document.compatMode === "BackCompat") return;
	let texts;
	for (const sheet of [...document.styleSheets].filter(holds)) {
		const old = sheet.ownerNode, again = old.cloneNode(), parts = old.textContent.trimEnd().split(invalid);
		if (sheet.href) {
			await refetch(sheet);
			again.href = sheet.href + "#";
		} else {
			texts ||= [...parse(await (await fetch(location.href)).text()).querySelectorAll("style")].map((style) => style.textContent);
			// Of equal texts Firefox would take the one that was only parsed, without its imports.
			again.textContent = (texts.find((text) => matches(text, parts)) ?? parts.join(invalid)) + "\f";
		}
		// An import that is still refused is an error.
		again.onload = again.onerror = () => {
			old.remove();
			renew(again.sheet);
		};
		old.after(again);
	}
};
