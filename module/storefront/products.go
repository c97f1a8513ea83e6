package storefront

import (
	"fmt"
	"slices"
	"strings"
)

// money is an amount in hundredths of a yuan.
type money int

// String writes the amount with two decimals and no sign of the currency.
func (m money) String() string { return fmt.Sprintf("%d.%02d", m/100, m%100) }

// MarshalText makes amounts decimal strings in JSON, which loses no digit.
func (m money) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

const currency = "CNY"

// label is a text in the shop's two languages.
type label struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

// In returns the text in a language, "zh" or else English.
func (l label) In(lang string) string {
	if lang == "zh" {
		return l.ZH
	}
	return l.EN
}

type category struct {
	ID   string
	Name label
}

type product struct {
	ID       string   `json:"id"`
	Category string   `json:"category"`
	Name     label    `json:"name"`
	About    label    `json:"about"`
	Price    money    `json:"price"`
	Colours  []string `json:"colours"`
}

var categories = []category{
	{"table", label{"Tea and table", "茶席与餐桌"}},
	{"home", label{"Light and home", "灯光与家居"}},
	{"desk", label{"Desk and journey", "书桌与出行"}},
}

// products are all that is for sale, the most popular first.
var products = []product{
	{"mug", "table", label{"Celadon mug", "青瓷杯"}, label{"A thick-walled mug in a pale green glaze that keeps tea warm to the last sip.", "厚壁青釉，茶至最后一口仍温。"}, 12800, []string{"celadon", "ivory", "ink"}},
	{"lamp", "home", label{"Paper lamp", "纸灯"}, label{"Washi over a bamboo frame: a soft light for late reading.", "竹骨和纸，夜读的柔光。"}, 39800, []string{"warm white", "amber"}},
	{"notebook", "desk", label{"Thread-bound notebook", "线装本"}, label{"Ninety-six leaves of xuan paper, bound by hand with a red thread.", "九十六页宣纸，红线手工装订。"}, 6800, []string{"indigo", "rust", "moss"}},
	{"teapot", "table", label{"Clay teapot", "紫砂壶"}, label{"Unglazed Yixing clay, 240 ml, for oolong and pu'er.", "宜兴紫砂，240 毫升，宜乌龙与普洱。"}, 46800, []string{"russet", "charcoal"}},
	{"headphones", "desk", label{"Walnut headphones", "胡桃木耳机"}, label{"Closed cups turned from walnut, with wool felt where they touch you.", "胡桃木封闭腔体，羊毛毡耳垫。"}, 89800, []string{"walnut", "maple"}},
	{"vase", "home", label{"Plum vase", "梅瓶"}, label{"High shoulders and a narrow neck, made for a single branch.", "丰肩小口，只插一枝。"}, 32800, []string{"cobalt", "celadon", "ivory"}},
	{"bowl", "table", label{"Rice bowls, a pair", "对碗"}, label{"Two light bowls in one box, thrown on the same day.", "一盒两只，同日拉坯。"}, 16800, []string{"ivory", "cobalt"}},
	{"umbrella", "desk", label{"Oil-paper umbrella", "油纸伞"}, label{"Bamboo ribs, tung oil and mulberry paper; it sounds good in the rain.", "竹骨桐油桑皮纸，听雨最宜。"}, 25800, []string{"vermilion", "moss", "ink"}},
	{"candle", "home", label{"Osmanthus candle", "桂花蜡烛"}, label{"Soy wax with osmanthus; it burns for about forty hours.", "大豆蜡与桂花，可燃约四十小时。"}, 9800, []string{"amber", "ivory"}},
	{"tin", "table", label{"Longjing in a tin", "龙井茶罐"}, label{"One hundred grams of the spring's first leaves from Hangzhou.", "杭州明前新茶一百克。"}, 22800, []string{"moss", "ink"}},
	{"clock", "home", label{"Quiet wall clock", "静音挂钟"}, label{"A sweeping second hand and no ticking at all.", "扫秒机芯，全无滴答。"}, 29800, []string{"ivory", "ink", "rust"}},
	{"speaker", "desk", label{"Bamboo speaker", "竹音箱"}, label{"A small speaker with a warm voice in a bamboo shell.", "竹制外壳，小巧而声暖。"}, 65800, []string{"bamboo", "charcoal"}},
}

func findProduct(id string) (product, bool) {
	i := slices.IndexFunc(products, func(p product) bool { return p.ID == id })
	if i < 0 {
		return product{}, false
	}
	return products[i], true
}

func findCategory(id string) (category, bool) {
	i := slices.IndexFunc(categories, func(c category) bool { return c.ID == id })
	if i < 0 {
		return category{}, false
	}
	return categories[i], true
}

func productsIn(categories ...string) []product {
	var found []product
	for _, p := range products {
		if slices.Contains(categories, p.Category) {
			found = append(found, p)
		}
	}
	return found
}

// searchProducts finds products by a part of their name, text or colours in
// either language, whatever the case. An empty query finds nothing.
func searchProducts(query string) []product {
	query = strings.ToLower(strings.TrimSpace(query))
	if query == "" {
		return nil
	}
	var found []product
	for _, p := range products {
		text := strings.Join([]string{p.Name.EN, p.Name.ZH, p.About.EN, p.About.ZH, p.Category, strings.Join(p.Colours, " ")}, "\n")
		if strings.Contains(strings.ToLower(text), query) {
			found = append(found, p)
		}
	}
	return found
}
