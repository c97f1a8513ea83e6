package catalogue

import (
	"slices"

	"github.com/fairwaygate/fairway/filters/consent"
)

// Signature is a piece of script text that betrays a known tracker.
//
// Its quotes stand for any of the three that JavaScript has, and one blank may
// follow each "(" and ",". Where it begins or ends with a letter, digit,
// underscore or dollar sign, a whole identifier does: "hj('event'" is not found
// in "xhj('event'". Otherwise it is compared byte by byte.
type Signature struct {
	Text    string // at least 6 bytes
	Partner string
	Purpose consent.Purpose
	Country string
}

// Signatures returns those that are built in: what starts a tracker, and not what
// only hands it something to count. A shop's own script that tells a tracker of
// an order if there is one is left alone, and finds none.
func Signatures() []Signature { return slices.Clone(builtinSignatures) }

var builtinSignatures = []Signature{
	{"GoogleAnalyticsObject", "google-analytics", consent.Analytics, "US"},
	{"ga('create'", "google-analytics", consent.Analytics, "US"},
	{"_gaq.push", "google-analytics", consent.Analytics, "US"},
	{"gtag('config'", "google-analytics", consent.Analytics, "US"},
	{"gtag('js'", "google-analytics", consent.Analytics, "US"},
	{"gtag('config','AW-", "google-ads", consent.Advertising, "US"},
	{"gtag('config','DC-", "google-doubleclick", consent.Advertising, "US"},
	{"google_conversion_id", "google-ads", consent.Advertising, "US"},
	{"adsbygoogle", "google-ads", consent.Advertising, "US"},
	{"google_ad_client", "google-ads", consent.Advertising, "US"},
	{"googletag.cmd", "google-doubleclick", consent.Advertising, "US"},
	{"gtm.start", "google-tag-manager", consent.Analytics, "US"},
	{"firebase.analytics(", "google-firebase", consent.Analytics, "US"},

	{"fbq('init'", "meta", consent.Advertising, "US"},
	{"fbevents.js", "meta", consent.Advertising, "US"},
	{"_fbq.push", "meta", consent.Advertising, "US"},
	{"TiktokAnalyticsObject", "tiktok", consent.Advertising, "SG"},
	{"ttq.load(", "tiktok", consent.Advertising, "SG"},
	{"window.uetq", "microsoft-advertising", consent.Advertising, "US"},
	{"new UET(", "microsoft-advertising", consent.Advertising, "US"},
	{"_linkedin_partner_id", "linkedin", consent.Advertising, "US"},
	{"_linkedin_data_partner_ids", "linkedin", consent.Advertising, "US"},
	{"pintrk('load'", "pinterest", consent.Advertising, "US"},
	{"snaptr('init'", "snapchat", consent.Advertising, "US"},
	{"twq('init'", "x", consent.Advertising, "US"},
	{"twq('config'", "x", consent.Advertising, "US"},
	{"twttr.conversion", "x", consent.Advertising, "US"},
	{"rdt('init'", "reddit", consent.Advertising, "US"},
	{"qp('init'", "quora", consent.Advertising, "US"},
	{"criteo_q.push", "criteo", consent.Advertising, "FR"},
	{"window.criteo_q", "criteo", consent.Advertising, "FR"},
	{"_taboola.push", "taboola", consent.Advertising, "US"},
	{"window._tfa", "taboola", consent.Advertising, "US"},
	{"obApi('track'", "outbrain", consent.Advertising, "US"},
	{"OB_ADV_ID", "outbrain", consent.Advertising, "US"},
	{"adroll_adv_id", "adroll", consent.Advertising, "US"},
	{"__adroll_loaded", "adroll", consent.Advertising, "US"},
	{"apntag.setPageOpts(", "microsoft-xandr", consent.Advertising, "US"},
	{"apstag.init(", "amazon-advertising", consent.Advertising, "US"},
	{"amzn_assoc_tracking_id", "amazon-advertising", consent.Advertising, "US"},
	{"ttd_dom_ready(", "the-trade-desk", consent.Advertising, "US"},
	{"TTDUniversalPixelApi", "the-trade-desk", consent.Advertising, "US"},
	{"_adftrack", "adform", consent.Advertising, "DK"},
	{"AWIN.Tracking", "awin", consent.Advertising, "DE"},
	{"ire('identify'", "impact", consent.Advertising, "US"},
	{"ire('trackConversion'", "impact", consent.Advertising, "US"},
	{"Munchkin.init(", "adobe-marketo", consent.Advertising, "US"},
	{"_hsq.push", "hubspot", consent.Advertising, "US"},
	{"_learnq.push", "klaviyo", consent.Advertising, "US"},
	{"braze.initialize(", "braze", consent.Advertising, "US"},
	{"appboy.initialize(", "braze", consent.Advertising, "US"},
	{"_cio.load(", "customer-io", consent.Advertising, "US"},
	{"_dcq.push", "drip", consent.Advertising, "US"},
	{"OneSignal.init(", "onesignal", consent.Advertising, "US"},
	{"ScarabQueue.push", "emarsys", consent.Advertising, "AT"},
	{"_uetq.push", "microsoft-advertising", consent.Advertising, "US"},
	{"_6si.push", "6sense", consent.Advertising, "US"},
	{"disqus_shortname", "disqus", consent.Advertising, "US"},

	{"_paq.push", "matomo", consent.Analytics, ""},
	{"_ppas.push", "piwik-pro", consent.Analytics, "PL"},
	{"_hjSettings", "hotjar", consent.Analytics, "MT"},
	{"hj('identify'", "hotjar", consent.Analytics, "MT"},
	{"_uxa.push", "contentsquare", consent.Analytics, "FR"},
	{"clarity.ms/tag", "microsoft-clarity", consent.Analytics, "US"},
	{"mixpanel.init(", "mixpanel", consent.Analytics, "US"},
	{"amplitude.init(", "amplitude", consent.Analytics, "US"},
	{"amplitude.getInstance().init(", "amplitude", consent.Analytics, "US"},
	{"analytics.load('", "segment", consent.Analytics, "US"},
	{"heap.load(", "heap", consent.Analytics, "US"},
	{"_fs_host", "fullstory", consent.Analytics, "US"},
	{"_mfq.push", "mouseflow", consent.Analytics, "DK"},
	{"__lo_site_id", "lucky-orange", consent.Analytics, "US"},
	{"__insp.push", "inspectlet", consent.Analytics, "US"},
	{"smartlook('init'", "smartlook", consent.Analytics, "CZ"},
	{"LogRocket.init(", "logrocket", consent.Analytics, "US"},
	{"posthog.init(", "posthog", consent.Analytics, "US"},
	{"GlobalSnowplowNamespace", "snowplow", consent.Analytics, "GB"},
	{"_sf_async_config", "chartbeat", consent.Analytics, "US"},
	{"_comscore.push", "comscore", consent.Analytics, "US"},
	{"_qevents.push", "quantcast", consent.Advertising, "US"},
	{"sc_project", "statcounter", consent.Analytics, "IE"},
	{"clicky_site_ids", "clicky", consent.Analytics, "US"},
	{"woopra.config(", "woopra", consent.Analytics, "US"},
	{"_kmq.push", "kissmetrics", consent.Analytics, "US"},
	{"pendo.initialize(", "pendo", consent.Analytics, "US"},
	{"aptrinsic('init'", "gainsight", consent.Analytics, "US"},
	{"utag_cfg_ovrd", "tealium", consent.Analytics, "US"},
	{"rudderanalytics.load(", "rudderstack", consent.Analytics, "US"},
	{"Sentry.init(", "sentry", consent.Analytics, "US"},
	{"NREUM.info", "new-relic", consent.Analytics, "US"},
	{"NREUM.loader_config", "new-relic", consent.Analytics, "US"},
	{"DD_RUM.init(", "datadog", consent.Analytics, "US"},
	{"DD_LOGS.init(", "datadog", consent.Analytics, "US"},
	{"_rollbarConfig", "rollbar", consent.Analytics, "US"},
	{"rg4js('apiKey'", "raygun", consent.Analytics, "NZ"},
	{"BOOMR.init(", "akamai-mpulse", consent.Analytics, "US"},
	{"adrum-config", "appdynamics", consent.Analytics, "US"},

	{"Ya.Metrika", "yandex", consent.Advertising, "RU"},
	{"yandex_metrika_callback", "yandex", consent.Advertising, "RU"},
	{"_tmr.push", "vk", consent.Advertising, "RU"},
	{"VK.Retargeting", "vk", consent.Advertising, "RU"},
	{"_hmt.push", "baidu-analytics", consent.Analytics, "CN"},
	{"_czc.push", "umeng", consent.Analytics, "CN"},
	{"aplus_queue", "alibaba", consent.Advertising, "CN"},
	{"sensorsDataAnalytic201505", "sensors-data", consent.Analytics, "CN"},
	{"gio('init'", "growingio", consent.Analytics, "CN"},
	{"zhuge.load(", "zhuge-io", consent.Analytics, "CN"},
	{"LA.init(", "51la", consent.Analytics, "CN"},
	{"new Aegis(", "tencent-monitoring", consent.Analytics, "CN"},
	{"wcs_add[", "naver", consent.Analytics, "KR"},
	{"kakaoPixel(", "kakao", consent.Advertising, "KR"},
	{"_lt('init'", "line", consent.Advertising, "JP"},

	{"_vwo_code", "vwo", consent.Personalization, "IN"},
	{"_vis_opt_", "vwo", consent.Personalization, "IN"},
	{"window.optimizely", "optimizely", consent.Personalization, "US"},
	{"window._conv_q", "convert", consent.Personalization, "US"},
	{"kameleoonQueue", "kameleoon", consent.Personalization, "FR"},
	{"DY.recommendationContext", "dynamic-yield", consent.Personalization, "US"},
	{"_mtq.push", "monetate", consent.Personalization, "US"},
	{"nostojs(", "nosto", consent.Personalization, "FI"},

	{"Intercom('boot'", "intercom", consent.Preferences, "US"},
	{"intercomSettings", "intercom", consent.Preferences, "US"},
	{"drift.load(", "drift", consent.Preferences, "US"},
	{"Tawk_API", "tawk", consent.Preferences, "US"},
	{"__lc.license", "livechat", consent.Preferences, "PL"},
	{"window.$crisp", "crisp", consent.Preferences, "FR"},
	{"olark.identify(", "olark", consent.Preferences, "US"},
	{"zESettings", "zendesk", consent.Preferences, "US"},
	{"window.$zopim", "zendesk", consent.Preferences, "US"},
	{"window.fcWidget", "freshchat", consent.Preferences, "US"},
	{"_smartsupp", "smartsupp", consent.Preferences, "CZ"},
}
