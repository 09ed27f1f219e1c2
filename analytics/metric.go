package analytics

import (
	"slices"
	"time"

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
	UnitTimes   Unit = "times" // 2 is twice as much
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
	//
	// The names are those of the interfaces; Facebook's Saves and Impressions are
	// told only in the files of Meta Business Suite that its owner imports.
	Given map[schema.Platform]string
	// Notes are the days from which on, or up to which, a platform told the
	// number or counted it in one way: values before and after do not compare.
	Notes []Note
	// Delay is how late a platform may tell the number, at most; a platform that
	// is not in it tells it at once.
	Delay map[schema.Platform]time.Duration
	// Adds says over what the number may be summed; what is missing must not be.
	Adds Additivity
	// OfPost says that only a single post has it.
	OfPost bool
}

// A Note is what held of a platform's number since a day, or until one. One of
// the two is empty; Until is the first day on which it no longer held.
type Note struct {
	Platform     schema.Platform
	Since, Until string // 2025-03-31
	What         Text
}

// Additivity says along which lines a number adds up.
type Additivity struct {
	Days, Posts, Accounts, Platforms bool
}

var everywhere = Additivity{Days: true, Posts: true, Accounts: true, Platforms: true}

// insightsDelay is how late Instagram's insights may be:
// https://developers.facebook.com/docs/instagram-platform/insights
var insightsDelay = map[schema.Platform]time.Duration{schema.Instagram: 48 * time.Hour}

// reachGiven names the platforms that tell the reach of a post.
var reachGiven = map[schema.Platform]string{schema.Instagram: "reach", schema.Facebook: "post_total_media_view_unique", schema.TikTok: "reach"}

// The catalogue: every number that a page, a report or a query shows.
//
// Interactions are what anyone can see, so that accounts compare. Instagram
// tells shares to the owner only and YouTube to nobody, so they are no part of
// the figure there; X shows reposts and quotes to everybody: see sharesCount.
var catalogue = []Metric{
	{
		Key: "posts", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Posts", "پوسٹیں"},
		Means:   Text{"Posts published in the period, without reposts and joint posts of others; on YouTube: public videos; on websites: items of the feed.", "مدت کے دوران شائع ہونے والی پوسٹیں، دوسروں کی ری پوسٹ اور مشترکہ پوسٹوں کے بغیر؛ یوٹیوب پر: عوامی ویڈیوز؛ ویب سائٹ پر: فیڈ کی تحریریں۔"},
		Unknown: Text{"The account has not been collected yet.", "اکاؤنٹ کی معلومات ابھی حاصل نہیں کی گئیں۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "media", schema.X: "posts", schema.YouTube: "videos", schema.Facebook: "published_posts", schema.TikTok: "videos", schema.Feed: "items"},
	},
	{
		Key: "reactions", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Reactions", "ردِعمل"},
		Means:   Text{"Likes and the like. On Instagram, X, YouTube and TikTok: likes; on Facebook: reactions of every kind.", "پسند اور اس جیسے ردِعمل۔ انسٹاگرام، ایکس، یوٹیوب اور ٹک ٹاک پر: لائکس؛ فیس بک پر: ہر قسم کے ردِعمل۔"},
		Unknown: Text{"The owner hides the count, or the platform did not say.", "مالک نے تعداد چھپا رکھی ہے، یا پلیٹ فارم نے نہیں بتائی۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "like_count", schema.X: "like_count", schema.YouTube: "likeCount", schema.Facebook: "reactions", schema.TikTok: "like_count"},
	},
	{
		Key: "comments", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Comments", "تبصرے"},
		Means:   Text{"Comments, with the answers to them. On X: replies. Of websites few tell their number, and nothing else.", "تبصرے، جوابات سمیت۔ ایکس پر: جوابات۔ ویب سائٹوں میں سے چند ہی ان کی تعداد بتاتی ہیں، اور کچھ نہیں۔"},
		Unknown: Text{"Comments are switched off, or the platform did not say.", "تبصرے بند ہیں، یا پلیٹ فارم نے نہیں بتایا۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "comments_count", schema.X: "reply_count", schema.YouTube: "commentCount", schema.Facebook: "comments", schema.TikTok: "comment_count", schema.Feed: "slash:comments, thr:total"},
	},
	{
		Key: "interactions", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Interactions", "تعاملات"},
		Means:   Text{"Reactions + comments + shares, as far as anyone can see them: on Instagram and YouTube likes + comments, on X likes + replies + reposts + quotes, on Facebook reactions + comments + shares, on TikTok likes + comments + shares. The figure by which accounts compare.", "ردِعمل + تبصرے + شیئر، جہاں تک سب دیکھ سکتے ہیں: انسٹاگرام اور یوٹیوب پر لائکس + تبصرے، ایکس پر لائکس + جوابات + ری پوسٹ + اقتباسات، فیس بک پر ردِعمل + تبصرے + شیئر، ٹک ٹاک پر لائکس + تبصرے + شیئر۔ اکاؤنٹس کا موازنہ اسی سے ہوتا ہے۔"},
		Unknown: Text{"One of the parts is unknown.", "کوئی ایک جزو معلوم نہیں۔"},
		Given: map[schema.Platform]string{schema.Instagram: "like_count + comments_count", schema.X: "like_count + reply_count + retweet_count + quote_count",
			schema.YouTube: "likeCount + commentCount", schema.Facebook: "reactions + comments + shares", schema.TikTok: "like_count + comment_count + share_count"},
	},
	{
		Key: "shares", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Delay: insightsDelay, Adds: everywhere,
		Name:    Text{"Shares", "شیئر"},
		Means:   Text{"Times a post was passed on. On X: reposts + quotes. Instagram tells it to the owner only, YouTube to nobody.", "پوسٹ کتنی بار آگے بھیجی گئی۔ ایکس پر: ری پوسٹ + اقتباسات۔ انسٹاگرام صرف مالک کو بتاتا ہے، یوٹیوب کسی کو نہیں۔"},
		Unknown: Text{"The account is read without its owner's authorisation, or the platform did not say. On X also when one of the two parts is missing.", "اکاؤنٹ مالک کی اجازت کے بغیر پڑھا جاتا ہے، یا پلیٹ فارم نے نہیں بتایا۔ ایکس پر تب بھی جب دونوں میں سے ایک جزو معلوم نہ ہو۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "shares", schema.X: "retweet_count + quote_count", schema.Facebook: "shares", schema.TikTok: "share_count"},
	},
	{
		Key: "saves", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Delay: insightsDelay, Adds: everywhere,
		Name:    Text{"Saves", "محفوظ"},
		Means:   Text{"Times a post was saved. On X: bookmarks, which anyone can see. Instagram and Facebook tell it to the owner only.", "پوسٹ کتنی بار محفوظ کی گئی۔ ایکس پر: بک مارک، جو سب دیکھ سکتے ہیں۔ انسٹاگرام اور فیس بک صرف مالک کو بتاتے ہیں۔"},
		Unknown: Text{"The account is read without its owner's authorisation, or the platform did not say.", "اکاؤنٹ مالک کی اجازت کے بغیر پڑھا جاتا ہے، یا پلیٹ فارم نے نہیں بتایا۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "saved", schema.X: "bookmark_count", schema.Facebook: "Saves", schema.TikTok: "favorites"},
	},
	{
		Key: "views", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Delay: insightsDelay, Adds: everywhere,
		Name:    Text{"Views", "مناظر"},
		Means:   Text{"Times a post was displayed or played, as the platform counts. On YouTube: times the video was played; on X: times the post's video was played. Instagram and Facebook tell it to the owner only.", "پوسٹ کتنی بار دکھائی یا چلائی گئی، پلیٹ فارم کی گنتی کے مطابق۔ یوٹیوب پر: ویڈیو کتنی بار چلی؛ ایکس پر: پوسٹ کی ویڈیو کتنی بار چلی۔ انسٹاگرام اور فیس بک صرف مالک کو بتاتے ہیں۔"},
		Unknown: Text{"The post has no video (X), the account is read without its owner's authorisation, or the platform did not say.", "پوسٹ میں ویڈیو نہیں (ایکس)، اکاؤنٹ مالک کی اجازت کے بغیر پڑھا جاتا ہے، یا پلیٹ فارم نے نہیں بتایا۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "views", schema.X: "view_count", schema.YouTube: "viewCount", schema.Facebook: "post_media_view", schema.TikTok: "view_count"},
		Notes: []Note{
			{Platform: schema.YouTube, Since: "2025-03-31", What: Text{"Of Shorts, every start counts as a view.", "شارٹس کا ہر بار چلنا ایک منظر گنا جاتا ہے۔"}},
			{Platform: schema.YouTube, Since: "2026-08-24", What: Text{"Of all videos, every start counts as a view. What was counted before is now told to the owner only, as engaged views.", "تمام ویڈیوز کا ہر بار چلنا ایک منظر گنا جاتا ہے۔ پہلے کی گنتی اب صرف مالک کو engaged views کے نام سے بتائی جاتی ہے۔"}},
			{Platform: schema.Facebook, Since: "2025-11-15", What: Text{"Views take the place of impressions and do not continue their series.", "مناظر نے اظہار کی جگہ لے لی؛ یہ اس سلسلے کا تسلسل نہیں۔"}},
		},
	},
	{
		Key: "impressions", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Delay: insightsDelay, Adds: everywhere,
		Name:    Text{"Impressions", "اظہار"},
		Means:   Text{"Times a post was displayed. X tells it for posts since December 2022 and calls it views where it shows them; Instagram tells it only for posts created before 2 July 2024, later ones have views.", "پوسٹ کتنی بار دکھائی گئی۔ ایکس دسمبر 2022 سے بتاتا ہے اور اپنے صفحے پر اسے views کہتا ہے؛ انسٹاگرام یہ صرف 2 جولائی 2024 سے پہلے کی پوسٹوں کے لیے بتاتا ہے، بعد کی پوسٹوں کے مناظر ہوتے ہیں۔"},
		Unknown: Text{"The platform does not tell it for this post.", "پلیٹ فارم اس پوسٹ کے لیے نہیں بتاتا۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "impressions", schema.X: "impression_count", schema.Facebook: "Impressions"},
		Notes: []Note{
			{Platform: schema.Instagram, Until: "2025-04-21", What: Text{"Told of whole accounts; since then only of single posts created before 2 July 2024.", "پورے اکاؤنٹ کے لیے بتایا جاتا تھا؛ اس کے بعد صرف 2 جولائی 2024 سے پہلے بنی پوسٹوں کے لیے۔"}},
			{Platform: schema.Facebook, Until: "2025-11-15", What: Text{"Told of pages and posts; since then Facebook tells views.", "صفحات اور پوسٹوں کے لیے بتایا جاتا تھا؛ اس کے بعد فیس بک مناظر بتاتا ہے۔"}},
		},
	},
	{
		Key: "reach", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Delay: insightsDelay, Adds: Additivity{},
		Name:    Text{"Summed reach", "مجموعی رسائی"},
		Means:   Text{"People who saw a post, added over posts. A person who saw two posts counts twice: it is no number of people. X and YouTube do not tell it.", "پوسٹ دیکھنے والے افراد، تمام پوسٹوں کا مجموعہ۔ جس نے دو پوسٹیں دیکھیں وہ دو بار گنا گیا: یہ افراد کی تعداد نہیں۔ ایکس اور یوٹیوب نہیں بتاتے۔"},
		Unknown: Text{"The account is read without its owner's authorisation, or the platform did not say.", "اکاؤنٹ مالک کی اجازت کے بغیر پڑھا جاتا ہے، یا پلیٹ فارم نے نہیں بتایا۔"},
		Given:   reachGiven,
		Notes: []Note{
			{Platform: schema.Facebook, Until: "2026-06-15", What: Text{"Counted those to whom a post was displayed; since then those who viewed it. The series before it is not continued.", "وہ افراد گنے جاتے تھے جنہیں پوسٹ دکھائی گئی؛ اس کے بعد وہ جنہوں نے دیکھی۔ پہلے کا سلسلہ جاری نہیں رہا۔"}},
		},
	},
	{
		Key: "reach_coverage", Unit: UnitRatio, Views: []View{ViewLife}, Adds: Additivity{},
		Name: Text{"Coverage of reach", "رسائی کا احاطہ"},
		Means: Text{"Posts whose reach is known ÷ posts published in the period. What is said of reach is said of these posts only.",
			"وہ پوسٹیں جن کی رسائی معلوم ہے ÷ مدت کے دوران شائع ہونے والی پوسٹیں۔ رسائی کے تمام اعداد صرف انہی پوسٹوں کے ہیں۔"},
		Unknown: Text{"There is no post.", "کوئی پوسٹ نہیں۔"},
		Given:   reachGiven,
	},
	{
		Key: "net_reach_low", Unit: UnitCount, Views: []View{ViewLife}, Adds: Additivity{},
		Name:    Text{"Net reach, at least", "خالص رسائی، کم از کم"},
		Means:   Text{"The least number of people who can have seen the posts: the largest reach of a single post. All others may be the same people.", "پوسٹیں کم از کم اتنے افراد نے دیکھیں: کسی ایک پوسٹ کی سب سے بڑی رسائی۔ باقی سب وہی افراد ہو سکتے ہیں۔"},
		Unknown: Text{"No reach of a post is known.", "کسی پوسٹ کی رسائی معلوم نہیں۔"},
		Given:   reachGiven,
	},
	{
		Key: "net_reach_estimate", Unit: UnitCount, Views: []View{ViewLife}, Adds: Additivity{},
		Name:    Text{"Net reach, estimate", "خالص رسائی، تخمینہ"},
		Means:   Text{"Estimate of the people who saw at least one of the posts whose reach is known: N × (1 − Π(1 − r ÷ N)), where r is the reach of each post and N the population set by the office. Sainsbury’s method: it takes the audiences of posts for independent. Audiences that overlap, such as the followers of one account, make the estimate too high.", "ان افراد کا تخمینہ جنہوں نے معلوم رسائی والی پوسٹوں میں سے کم از کم ایک دیکھی: N × (1 − Π(1 − r ÷ N))، جہاں r ہر پوسٹ کی رسائی اور N دفتر کی مقرر کردہ آبادی ہے۔ یہ سینزبری کا طریقہ ہے، جو پوسٹوں کے ناظرین کو ایک دوسرے سے بے تعلق مانتا ہے۔ ناظرین مشترک ہوں، جیسے ایک ہی اکاؤنٹ کے پیروکار، تو تخمینہ حقیقت سے زیادہ نکلتا ہے۔"},
		Unknown: Text{"No reach of a post is known, or no population is set.", "کسی پوسٹ کی رسائی معلوم نہیں، یا آبادی مقرر نہیں کی گئی۔"},
		Given:   reachGiven,
	},
	{
		Key: "net_reach_high", Unit: UnitCount, Views: []View{ViewLife}, Adds: Additivity{},
		Name:    Text{"Net reach, at most", "خالص رسائی، زیادہ سے زیادہ"},
		Means:   Text{"The largest number of people who can have seen the posts whose reach is known: the sum of their reaches, and no more than the population where one is set.", "معلوم رسائی والی پوسٹیں زیادہ سے زیادہ اتنے افراد نے دیکھیں: ان کی رسائیوں کا مجموعہ، اور آبادی مقرر ہو تو اس سے زیادہ نہیں۔"},
		Unknown: Text{"No reach of a post is known.", "کسی پوسٹ کی رسائی معلوم نہیں۔"},
		Given:   reachGiven,
	},
	{
		Key: "clicks", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Clicks", "کلکس"},
		Means:   Text{"Clicks on a post's link; on Facebook all clicks on the post. Told to the owner only, by X for posts of the last 30 days.", "پوسٹ کے لنک پر کلکس؛ فیس بک پر پوسٹ کے تمام کلکس۔ صرف مالک کو بتائے جاتے ہیں، ایکس پر گزشتہ 30 دن کی پوسٹوں کے لیے۔"},
		Unknown: Text{"The account is read without its owner's authorisation, the post is too old, or the platform does not tell it.", "اکاؤنٹ مالک کی اجازت کے بغیر پڑھا جاتا ہے، پوسٹ پرانی ہے، یا پلیٹ فارم نہیں بتاتا۔"},
		Given:   map[schema.Platform]string{schema.X: "url_link_clicks", schema.Facebook: "post_clicks"},
	},
	{
		Key: "watch_seconds", Unit: UnitSeconds, Views: []View{ViewLife, ViewActivity}, Adds: everywhere,
		Name:    Text{"Time watched", "دیکھنے کا وقت"},
		Means:   Text{"Time for which a video was played. Told to the owner only.", "ویڈیو کتنی دیر چلائی گئی۔ صرف مالک کو بتایا جاتا ہے۔"},
		Unknown: Text{"Not a video, or the platform did not say.", "ویڈیو نہیں، یا پلیٹ فارم نے نہیں بتایا۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "ig_reels_video_view_total_time", schema.Facebook: "post_video_view_time", schema.TikTok: "total_time_watched"},
	},
	{
		Key: "followers", Unit: UnitCount, Views: []View{ViewLife, ViewActivity}, Adds: Additivity{Accounts: true, Platforms: true},
		Name:    Text{"Followers", "پیروکار"},
		Means:   Text{"Followers at the period's end, added over accounts: a sum of audiences, no number of people. YouTube rounds its subscribers down to three significant figures.", "مدت کے اختتام پر پیروکار، تمام اکاؤنٹس کا مجموعہ: یہ افراد کی تعداد نہیں۔ یوٹیوب اپنے سبسکرائبرز کو تین معنی خیز ہندسوں تک نیچے کی طرف مکمل کرتا ہے۔"},
		Unknown: Text{"No reading of the account up to the period's end, or the owner hides the number.", "مدت کے اختتام تک اکاؤنٹ کی کوئی پیمائش نہیں، یا مالک نے تعداد چھپا رکھی ہے۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "followers_count", schema.X: "followers_count", schema.YouTube: "subscriberCount", schema.Facebook: "followers_count", schema.TikTok: "follower_count"},
	},
	{
		Key: "followers_gained", Unit: UnitCount, Views: []View{ViewActivity}, Adds: everywhere,
		Name:    Text{"Followers gained", "نئے پیروکار"},
		Means:   Text{"Change of the number of followers over the days of the period; it may be negative. On YouTube, whose number is rounded, it moves in steps.", "مدت کے دنوں میں پیروکاروں کی تعداد میں تبدیلی؛ منفی بھی ہو سکتی ہے۔ یوٹیوب پر، جہاں تعداد مکمل کی ہوئی ہوتی ہے، یہ یکدم بدلتی ہے۔"},
		Unknown: Text{"Fewer than two readings of the account.", "اکاؤنٹ کی دو سے کم پیمائشیں۔"},
		Given:   map[schema.Platform]string{schema.Instagram: "followers_count", schema.X: "followers_count", schema.YouTube: "subscriberCount", schema.Facebook: "followers_count", schema.TikTok: "follower_count"},
	},
	{
		Key: "engagement_rate", Unit: UnitRatio, Views: []View{ViewLife}, Adds: Additivity{},
		Name:    Text{"Engagement rate", "شرحِ تعامل"},
		Means:   Text{"Interactions of the posts published in the period ÷ followers when each was published, pooled: sum over sum. Followers are taken from the reading nearest to the publication, at most 7 days away.", "مدت میں شائع پوسٹوں کے تعاملات ÷ ہر پوسٹ کی اشاعت کے وقت پیروکار، مجموعہ بہ مجموعہ۔ پیروکار اشاعت سے قریب ترین پیمائش سے، زیادہ سے زیادہ 7 دن کے فاصلے پر۔"},
		Unknown: Text{"No post of the period has both: its interactions and a reading of followers near its publication.", "مدت کی کسی پوسٹ کے تعاملات اور اشاعت کے قریب پیروکاروں کی پیمائش دونوں موجود نہیں۔"},
		Given: map[schema.Platform]string{schema.Instagram: "(like_count + comments_count) ÷ followers_count",
			schema.X: "(like_count + reply_count + retweet_count + quote_count) ÷ followers_count", schema.YouTube: "(likeCount + commentCount) ÷ subscriberCount", schema.Facebook: "(reactions + comments + shares) ÷ followers_count", schema.TikTok: "(like_count + comment_count + share_count) ÷ follower_count"},
	},
	{
		Key: "performance_score", Unit: UnitTimes, Views: []View{ViewLife}, Adds: Additivity{}, OfPost: true,
		Name:    Text{"Performance score", "کارکردگی کا پیمانہ"},
		Means:   Text{"Interactions of a post ÷ what the account’s posts of this format usually had at the same age: the mean of the middle half of the 100 before it, each by its reading nearest to that age, at most a fifth of the age away. 1 is as usual, 2 twice as many.", "پوسٹ کے تعاملات ÷ اسی عمر پر اکاؤنٹ کی اسی قسم کی پوسٹوں کے معمول کے تعاملات: اس سے پہلے کی 100 پوسٹوں کے درمیانی نصف کی اوسط، ہر پوسٹ کی وہ پیمائش جو اس عمر سے قریب ترین ہو اور عمر کے پانچویں حصے سے زیادہ دور نہ ہو۔ 1 معمول کے برابر ہے، 2 معمول سے دگنا۔"},
		Unknown: Text{"Not enough posts: fewer than 20 were read at the same age. Or the interactions are unknown.", "پوسٹیں کافی نہیں: 20 سے کم پوسٹیں اس عمر پر پڑھی گئیں۔ یا تعاملات معلوم نہیں۔"},
		Given: map[schema.Platform]string{schema.Instagram: "like_count + comments_count", schema.X: "like_count + reply_count + retweet_count + quote_count",
			schema.YouTube: "likeCount + commentCount", schema.Facebook: "reactions + comments + shares", schema.TikTok: "like_count + comment_count + share_count"},
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
