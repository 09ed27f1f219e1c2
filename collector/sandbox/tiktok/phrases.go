package tiktok

import (
	"fmt"

	"github.com/hamawaz/hamawaz/collector/sandbox"
)

// A phrase is what a video is about, in three languages, with its hashtags.
// %[1]d is a small number and %[2]s a city.
type phrase struct {
	texts [3]string // Portuguese, English, Urdu
	tags  [3]string
}

var phrases = []phrase{
	{[3]string{"Um dia no posto de vacinação de %[2]s: %[1]d doses antes do almoço",
		"A day at the vaccination post of %[2]s: %[1]d doses before lunch",
		"%[2]s کے ویکسین مرکز میں ایک دن: دوپہر سے پہلے %[1]d خوراکیں"},
		[3]string{"Saúde", "Health", "صحت"}},
	{[3]string{"Como se conserta uma ponte em %[1]d dias? Veja em %[2]s",
		"How do you mend a bridge in %[1]d days? Watch it in %[2]s",
		"%[1]d دن میں پل کی مرمت کیسے ہوتی ہے؟ %[2]s سے دیکھیے"},
		[3]string{"Obras", "Roads", "سڑکیں"}},
	{[3]string{"%[1]d alunos de %[2]s mostram o robô que construíram",
		"%[1]d students of %[2]s show the robot that they built",
		"%[2]s کے %[1]d طلبہ نے اپنا بنایا ہوا روبوٹ دکھایا"},
		[3]string{"Educação", "Education", "تعلیم"}},
	{[3]string{"Chuva forte em %[2]s: o que levar na mochila de emergência, em %[1]d segundos",
		"Heavy rain in %[2]s: what belongs in an emergency bag, in %[1]d seconds",
		"%[2]s میں شدید بارش: ہنگامی بیگ میں کیا رکھیں، %[1]d سیکنڈ میں"},
		[3]string{"DefesaCivil", "CivilDefence", "موسم"}},
	{[3]string{"Da horta à feira: %[1]d produtores de %[2]s contam como plantam",
		"From field to market: %[1]d growers of %[2]s tell how they plant",
		"کھیت سے منڈی تک: %[2]s کے %[1]d کاشتکار اپنا طریقہ بتاتے ہیں"},
		[3]string{"Agricultura", "Farming", "زراعت"}},
	{[3]string{"Treino dos bombeiros em %[2]s: %[1]d metros de escada",
		"Firefighters train in %[2]s: %[1]d metres of ladder",
		"%[2]s میں فائر فائٹرز کی مشق: %[1]d میٹر کی سیڑھی"},
		[3]string{"Bombeiros", "Firefighters", "تحفظ"}},
	{[3]string{"De onde vem a água de %[2]s? %[1]d km de canos em um minuto",
		"Where does the water of %[2]s come from? %[1]d km of pipes in a minute",
		"%[2]s کا پانی کہاں سے آتا ہے؟ ایک منٹ میں %[1]d کلومیٹر پائپ"},
		[3]string{"Água", "Water", "پانی"}},
	{[3]string{"Primeiro emprego: %[1]d dicas de quem contrata em %[2]s",
		"A first job: %[1]d hints from those who hire in %[2]s",
		"پہلی ملازمت: %[2]s میں بھرتی کرنے والوں کے %[1]d مشورے"},
		[3]string{"Emprego", "Jobs", "روزگار"}},
	{[3]string{"O museu de %[2]s abre de noite: %[1]d obras que ninguém tinha visto",
		"The museum of %[2]s opens at night: %[1]d works that nobody had seen",
		"%[2]s کا عجائب گھر رات کو بھی کھلا: %[1]d نادر فن پارے"},
		[3]string{"Cultura", "Culture", "ثقافت"}},
	{[3]string{"Plantamos %[1]d árvores em %[2]s. Volte daqui a dez anos",
		"We planted %[1]d trees in %[2]s. Come back in ten years",
		"ہم نے %[2]s میں %[1]d درخت لگائے۔ دس سال بعد پھر آئیے"},
		[3]string{"MeioAmbiente", "Environment", "ماحول"}},
}

// generatedMark ends every text.
const generatedMark = "[generated]"

// write returns what a video is called, and its whole text, which begins with
// that and says that it is generated.
func write(h sandbox.Hash, cities []string) (title, text string) {
	language := 0
	switch u := h.Unit(drawLanguage); {
	case u < 0.15:
		language = 1
	case u < 0.30:
		language = 2
	}
	p := &phrases[h.Draw(drawPhrase)%uint64(len(phrases))]
	title = fmt.Sprintf(p.texts[language], 2+h.Draw(drawNumber)%58, cities[h.Draw(drawCity)%uint64(len(cities))])
	text = title + " #" + p.tags[language]
	if h.Unit(drawTag) < 0.3 {
		text += " #fyp"
	}
	return title, text + " " + generatedMark
}
