// serve answers calls to a framework's function, also those that frames send
// as messages.
const serve = (name, answer, call) => {
	window[name] = answer;
	ready.then(() => {
		const locator = make("iframe");
		locator.hidden = true;
		locator.name = name + "Locator";
		document.body.append(locator);
	});
	addEventListener("message", (e) => {
		const text = typeof e.data === "string";
		const asked = text ? try_(() => JSON.parse(e.data)) : e.data;
		const wanted = asked && asked[name + "Call"];
		if (!wanted) return;
		call(wanted, (returnValue, success) => {
			const result = { [name + "Return"]: { returnValue, success, callId: wanted.callId } };
			e.source.postMessage(text ? JSON.stringify(result) : result, "*");
		});
	});
};
const gdpr = data.regime !== "opt-out";
const visible = () => decided ? "hidden" : "visible";
