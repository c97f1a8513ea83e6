// Google Consent Mode, version 2, and what stands in for Google's functions where its
// scripts were taken out: what is told waits in the list that they read.

// goOn calls what a shop wants to be called when a tracker has been told, such as the
// way to another page. Nobody else would.
const goOn = (told) => {
	for (const name of ["event_callback", "eventCallback", "hitCallback"]) {
		const then = told?.[name];
		if (typeof then !== "function") continue;
		told[name] = undefined;
		setTimeout(then);
	}
};
const queue = window.dataLayer = window.dataLayer || [];
wrap(queue, "push", (push) => (...items) => {
	if (!has("analytics") && !window.google_tag_manager) for (const item of items) [item, item?.[2]].forEach(goOn);
	return push.apply(queue, items);
});
window.gtag = window.gtag || function () { queue.push(arguments); };
const google = (what) => {
	const say = (...purposes) => purposes.every(has) ? "granted" : "denied";
	(function () { queue.push(arguments); })("consent", what, {
		ad_storage: say("advertising"),
		ad_user_data: say("advertising"),
		ad_personalization: say("advertising", "personalization"),
		analytics_storage: say("analytics"),
		functionality_storage: say("preferences"),
		personalization_storage: say("personalization"),
		security_storage: "granted",
	});
};

listeners.add(() => google("update"));
