package analytics

import (
	"slices"

	"github.com/hamawaz/hamawaz/schema"
)

// A Text is a sentence in the languages of the dashboard.
type Text struct{ En, Ur string }

// In returns the text in the language ("ur", else English).
func (t Text) In(lang string) string {
	if lang == "ur" && t.Ur != "" {
		return t.Ur
	}
	return t.En
}

// A Unit is what a number counts.
type Unit string

// The units of the catalogue.
const (
	UnitCount   Unit = "count"
	UnitSeconds Unit = "seconds"
	UnitRatio   Unit = "ratio" // 0.0241 is 2.41 %
)

// A Metric is one number that we show. The catalogue below is the only list
// of them.
type Metric struct {
	Key  string
	Name Text
	// Means is the definition that stands beside the number.
	Means Text
	// Unknown says what a dash means for this number.
	Unknown Text
	Unit    Unit
	Views   []View
	// Given names the platforms that tell it, each with the name that the
	// platform itself uses. A platform that is not in the list never tells it.
	Given map[schema.Platform]string
	// Adds says over what the number may be summed; what is missing must not be.
	Adds Additivity
}

// Additivity says along which lines a number adds up.
type Additivity struct {
	Days, Posts, Accounts, Platforms bool
}

var everywhere = Additivity{Days: true, Posts: true, Accounts: true, Platforms: true}

// The catalogue: every number that a page, a report or a query shows.
//
// Instagram's public interactions are likes and comments. Its shares are told
// to the owner only, so they are no part of the figure that must compare
// accounts.
var catalogue = []Metric{
	{
		Key: "posts", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Posts", "پوسٹیں"},
		Means:   Text{"Posts published in the period.", "مدت کے دوران شائع ہونے والی پوسٹیں۔"},
		Unknown: Text{"The account has not been collected yet.", "اکاؤنٹ کی معلومات ابھی حاصل نہیں کی گئیں۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "media"},
	},
	{
		Key: "reactions", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Reactions", "ردِعمل"},
		Means:   Text{"Likes and the like. On Instagram: likes.", "پسند اور اس جیسے ردِعمل۔ انسٹاگرام پر: لائکس۔"},
		Unknown: Text{"The owner hides the count, or the platform did not say.", "مالک نے تعداد چھپا رکھی ہے، یا پلیٹ فارم نے نہیں بتائی۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "like_count"},
	},
	{
		Key: "comments", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Comments", "تبصرے"},
		Means:   Text{"Comments, with the answers to them.", "تبصرے، جوابات سمیت۔"},
		Unknown: Text{"The platform did not say.", "پلیٹ فارم نے نہیں بتایا۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "comments_count"},
	},
	{
		Key: "interactions", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Interactions", "تعاملات"},
		Means:   Text{"Reactions + comments + shares, as far as anyone can see them: on Instagram likes + comments. The figure by which accounts compare.", "ردِعمل + تبصرے + شیئر، جہاں تک سب دیکھ سکتے ہیں: انسٹاگرام پر لائکس + تبصرے۔ اکاؤنٹس کا موازنہ اسی سے ہوتا ہے۔"},
		Unknown: Text{"One of the parts is unknown.", "کوئی ایک جزو معلوم نہیں۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "like_count + comments_count"},
	},
	{
		Key: "shares", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Shares", "شیئر"},
		Means:   Text{"Times a post was passed on. Instagram tells it to the owner only.", "پوسٹ کتنی بار آگے بھیجی گئی۔ انسٹاگرام صرف مالک کو بتاتا ہے۔"},
		Unknown: Text{"The account is read without its owner's authorisation, or the platform did not say.", "اکاؤنٹ مالک کی اجازت کے بغیر پڑھا جاتا ہے، یا پلیٹ فارم نے نہیں بتایا۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "shares"},
	},
	{
		Key: "saves", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Saves", "محفوظ"},
		Means:   Text{"Times a post was saved. Told to the owner only.", "پوسٹ کتنی بار محفوظ کی گئی۔ صرف مالک کو بتایا جاتا ہے۔"},
		Unknown: Text{"The account is read without its owner's authorisation, or the platform did not say.", "اکاؤنٹ مالک کی اجازت کے بغیر پڑھا جاتا ہے، یا پلیٹ فارم نے نہیں بتایا۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "saved"},
	},
	{
		Key: "views", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Views", "مناظر"},
		Means:   Text{"Times a post was displayed or played, as the platform counts.", "پوسٹ کتنی بار دکھائی یا چلائی گئی، پلیٹ فارم کی گنتی کے مطابق۔"},
		Unknown: Text{"The account is read without its owner's authorisation, or the platform did not say.", "اکاؤنٹ مالک کی اجازت کے بغیر پڑھا جاتا ہے، یا پلیٹ فارم نے نہیں بتایا۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "views"},
	},
	{
		Key: "impressions", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Impressions", "اظہار"},
		Means:   Text{"Times a post was displayed. Instagram tells it only for posts created before 2 July 2024; later ones have views.", "پوسٹ کتنی بار دکھائی گئی۔ انسٹاگرام یہ صرف 2 جولائی 2024 سے پہلے کی پوسٹوں کے لیے بتاتا ہے۔"},
		Unknown: Text{"The platform does not tell it for this post.", "پلیٹ فارم اس پوسٹ کے لیے نہیں بتاتا۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "impressions"},
	},
	{
		Key: "reach", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: Additivity{},
		Name:    Text{"Summed reach", "مجموعی رسائی"},
		Means:   Text{"People who saw a post, added over posts. A person who saw two posts counts twice: it is no number of people.", "پوسٹ دیکھنے والے افراد، تمام پوسٹوں کا مجموعہ۔ جس نے دو پوسٹیں دیکھیں وہ دو بار گنا گیا: یہ افراد کی تعداد نہیں۔"},
		Unknown: Text{"The account is read without its owner's authorisation, or the platform did not say.", "اکاؤنٹ مالک کی اجازت کے بغیر پڑھا جاتا ہے، یا پلیٹ فارم نے نہیں بتایا۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "reach"},
	},
	{
		Key: "clicks", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Clicks", "کلکس"},
		Means:   Text{"Clicks on a post's link.", "پوسٹ کے لنک پر کلکس۔"},
		Unknown: Text{"The platform does not tell it.", "پلیٹ فارم نہیں بتاتا۔"},
		Given:   map[schema.Platform]string{},
	},
	{
		Key: "watch_seconds", Unit: UnitSeconds, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Time watched", "دیکھنے کا وقت"},
		Means:   Text{"Time for which a video was played.", "ویڈیو کتنی دیر چلائی گئی۔"},
		Unknown: Text{"Not a video, or the platform did not say.", "ویڈیو نہیں، یا پلیٹ فارم نے نہیں بتایا۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "ig_reels_video_view_total_time"},
	},
	{
		Key: "followers", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: Additivity{Accounts: true, Platforms: true},
		Name:    Text{"Followers", "پیروکار"},
		Means:   Text{"Followers at the period's end, added over accounts: a sum of audiences, no number of people.", "مدت کے اختتام پر پیروکار، تمام اکاؤنٹس کا مجموعہ: یہ افراد کی تعداد نہیں۔"},
		Unknown: Text{"No reading of the account up to the period's end.", "مدت کے اختتام تک اکاؤنٹ کی کوئی پیمائش نہیں۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "followers_count"},
	},
	{
		Key: "followers_gained", Unit: UnitCount, Views: []View{ViewActivity}, Adds: everywhere,
		Name:    Text{"Followers gained", "نئے پیروکار"},
		Means:   Text{"Change of the number of followers over the days of the period; it may be negative.", "مدت کے دنوں میں پیروکاروں کی تعداد میں تبدیلی؛ منفی بھی ہو سکتی ہے۔"},
		Unknown: Text{"Fewer than two readings of the account.", "اکاؤنٹ کی دو سے کم پیمائشیں۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "followers_count"},
	},
	{
		Key: "engagement_rate", Unit: UnitRatio, Views: []View{ViewLife}, Adds: Additivity{},
		Name:    Text{"Engagement rate", "شرحِ تعامل"},
		Means:   Text{"Interactions of the posts published in the period ÷ followers when each was published, pooled: sum over sum. Followers are taken from the reading nearest to the publication, at most 7 days away.", "مدت میں شائع پوسٹوں کے تعاملات ÷ ہر پوسٹ کی اشاعت کے وقت پیروکار، مجموعہ بہ مجموعہ۔ پیروکار اشاعت سے قریب ترین پیمائش سے، زیادہ سے زیادہ 7 دن کے فاصلے پر۔"},
		Unknown: Text{"No post of the period has both: its interactions and a reading of followers near its publication.", "مدت کی کسی پوسٹ کے تعاملات اور اشاعت کے قریب پیروکاروں کی پیمائش دونوں موجود نہیں۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "(like_count + comments_count) ÷ followers_count"},
	},
}

// Catalogue returns every metric, in the order of the catalogue.
func Catalogue() []Metric { return slices.Clone(catalogue) }

// MetricByKey returns the metric with the key.
func MetricByKey(key string) (Metric, bool) {
	for _, m := range catalogue {
		if m.Key == key {
			return m, true
		}
	}
	return Metric{}, false
}
