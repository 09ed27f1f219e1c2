#!/bin/sh
# Builds dashboard/static/vendor from node_modules: one ECharts file with only
# the parts our charts use, the fonts, and their licences. Run it from the root
# of the repository, as often as wanted: sh dashboard/assets.sh
set -eu

out=dashboard/static/vendor
modules=node_modules

if [ ! -f go.mod ] || [ ! -d dashboard ]; then
	echo "assets.sh: run it from the root of the repository" >&2
	exit 1
fi
for need in echarts zrender esbuild @fontsource/inter @fontsource/noto-naskh-arabic @fontsource/noto-nastaliq-urdu; do
	if [ ! -d "$modules/$need" ]; then
		echo "assets.sh: $modules/$need is missing: run npm ci" >&2
		exit 1
	fi
done

# Built beside the old folder and moved at the end, so that a failure leaves
# what was there.
new=$out.new
rm -rf "$new"
mkdir -p "$new/licences"
trap 'rm -rf "$new"' EXIT

NODE_PATH=$modules "$modules/.bin/esbuild" dashboard/static/src/echarts.js \
	--bundle --minify --format=iife --global-name=echarts --target=es2020 \
	--legal-comments=none --define:process.env.NODE_ENV='"production"' \
	--log-level=warning --outfile="$new/echarts.js"

font() { # package, subset, weight
	cp "$modules/@fontsource/$1/files/$1-$2-$3-normal.woff2" "$new/$1-$3.woff2"
}
for weight in 400 600 700; do font inter latin $weight; done
# Noto Naskh stays at 5.0.12: later versions draw dots apart from their letters,
# and a reader of our PDFs then finds "بلوچستان" in pieces.
for weight in 400 700; do font noto-naskh-arabic arabic $weight; done
for weight in 400 700; do font noto-nastaliq-urdu arabic $weight; done

cp "$modules/echarts/LICENSE" "$new/licences/echarts.txt"
cp "$modules/echarts/NOTICE" "$new/licences/echarts-notice.txt"
cp "$modules/zrender/LICENSE" "$new/licences/zrender.txt"
cp "$modules/tslib/LICENSE.txt" "$new/licences/tslib.txt"
for name in inter noto-naskh-arabic noto-nastaliq-urdu; do
	cp "$modules/@fontsource/$name/LICENSE" "$new/licences/$name.txt"
done

rm -rf "$out"
mv "$new" "$out"
