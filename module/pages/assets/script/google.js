// Google Consent Mode, version 2.
const google = (what) => {
	const say = (...purposes) => purposes.every(has) ? "granted" : "denied";
	const queue = window.dataLayer = window.dataLayer || [];
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
