package visit

import "strings"

// countries are the codes of ISO 3166-1 alpha-2.
var countries = strings.Fields(`
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT
MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`)

// languages are primary subtags of BCP 47 that many websites are read in.
var languages = strings.Fields(`ar bn cs da de el en es fr hi id it ja ko nl pl pt ru sv th tr uk vi zh`)

var searchHosts = set(`
baidu.com bing.com brave.com search.brave.com cse.google.com daum.net search.daum.net duckduckgo.com html.duckduckgo.com
ecosia.org kagi.com mojeek.com naver.com search.naver.com presearch.com qwant.com seznam.cz search.seznam.cz sm.cn
so.com sogou.com startpage.com swisscows.com toutiao.com so.toutiao.com ya.ru yandex.com coccoc.com search.aol.com
ask.com you.com metager.org search.marginalia.nu image.baidu.com cn.bing.com haosou.com lite.duckduckgo.com`)

// socialHosts hold for all hosts below them too.
var socialHosts = set(`
bilibili.com bsky.app discord.com douban.com douyin.com facebook.com fb.me ifunny.co instagram.com instagr.am kakao.com
kuaishou.com line.me linkedin.com lnkd.in mastodon.social messenger.com mix.com nextdoor.com ok.ru pinterest.com pin.it
qzone.qq.com quora.com reddit.com redd.it snapchat.com t.cn t.co t.me telegram.org threads.com threads.net tieba.baidu.com
tiktok.com truthsocial.com tumblr.com twitter.com vk.com vk.ru wa.me weibo.com weibo.cn weixin.qq.com whatsapp.com x.com
xhslink.com xiaohongshu.com xing.com youtu.be youtube.com zhihu.com pinterest.de pinterest.fr pinterest.co.uk`)

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
