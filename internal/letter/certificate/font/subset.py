#!/usr/bin/python3
"""Makes the certificate's font files from Debian's packages.

    apt-get install fonttools fonts-morisawa-bizud-gothic fonts-morisawa-bizud-mincho fonts-hanazono
    /usr/bin/python3 subset.py        (writes beside itself; run again it writes the same bytes)

    title.ttf   BIZ UDMincho:  the fixed wording of title and attestation
    latin.ttf   BIZ UDPGothic: Latin, with proportional widths
    gothic.ttf  BIZ UDGothic:  the rest of what it has: Windows code page 932, JIS X 0213 and more
    rare.ttf    Hanazono Mincho: what BIZ UDGothic lacks of compatibility ideographs and
                radicals, of JIS X 0212 under radicals that names are made of, and 𠮷

Hinting, layout features and variation sequences are left out, and composite glyphs are made
simple, which sfnt.go relies on. Hanazono has Reserved Font Names, so its subset bears another
name; BIZ UD has none (see LICENSES.txt).
"""

import os

from fontTools import subset
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

HERE = os.path.dirname(os.path.abspath(__file__))
FONTS = "/usr/share/fonts/truetype"
GOTHIC = f"{FONTS}/bizud-gothic/BIZUDGothic-Regular.ttf"
LATIN = f"{FONTS}/bizud-gothic/BIZUDPGothic-Regular.ttf"
MINCHO = f"{FONTS}/bizud-mincho/BIZUDMincho-Regular.ttf"
HANAZONO = f"{FONTS}/hanazono/HanaMinA.ttf"

# What title.ttf draws; a test holds the wording against it.
TITLE = "新輸出大国コンソーシアム会員証再発行貴社を新輸出大国の利用企業として登録したことを証します。"

# Kanji of names and places beyond JIS X 0213, and the boxes of forms.
BEYOND = "𠮷𫝆𫞂𪧦𣏾☑☐☒✗"

# Unified ideographs stand in the order of their radicals: 女, 宀, 山, 日, 木, 水, 火, 玉, 金, 魚鳥.
NAME_RADICALS = [
    (0x5973, 0x5B4F), (0x5B80, 0x5BF7), (0x5C71, 0x5DDA), (0x65E5, 0x66EF), (0x6728, 0x6B1F),
    (0x6C34, 0x706A), (0x706B, 0x7229), (0x7389, 0x74F8), (0x91D1, 0x9577), (0x9B5A, 0x9E75),
]


def repertoire(codec, lead=None):
    """The code points of a codec; with lead, only those whose bytes begin so."""
    found = set()
    for cp in range(0x20, 0x30000):
        if 0xD800 <= cp < 0xE000:
            continue
        try:
            code = chr(cp).encode(codec)
        except UnicodeEncodeError:
            continue
        if lead is None or code.startswith(lead):
            found.add(cp)
    return found


def covered(path):
    return set(TTFont(path, lazy=True).getBestCmap())


def is_latin(cp):
    return cp < 0x370 or 0x1E00 <= cp < 0x2000


def decompose(font, wanted):
    """Draws the outlines of composite glyphs themselves."""
    glyphs, table = font.getGlyphSet(), font["glyf"]
    for name in {name for cp, name in font.getBestCmap().items() if cp in wanted}:
        if table[name].isComposite():
            outline, pen = DecomposingRecordingPen(glyphs), TTGlyphPen(None)
            glyphs[name].draw(outline)
            outline.replay(pen)
            table[name] = pen.glyph()


def one_cmap(font):
    """Leaves one character table, of format 12, which sfnt.go reads."""
    table = CmapSubtable.newSubtable(12)
    table.platformID, table.platEncID, table.language = 3, 10, 0
    table.format, table.reserved, table.length, table.nGroups = 12, 0, 0, 0
    table.cmap = font.getBestCmap()
    font["cmap"].tables = [table]


def write(source, name, wanted, rename=None):
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
    options.name_languages = [0x409]
    options.drop_tables += ["vhea", "vmtx", "DSIG", "meta", "gasp", "GSUB", "GPOS", "GDEF", "BASE", "FFTM", "prop", "cvt ", "fpgm", "prep"]
    options.recalc_timestamp = False
    font = subset.load_font(source, options)
    font["cmap"].tables = [t for t in font["cmap"].tables if t.format != 14]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted)
    decompose(font, wanted)
    cutter.subset(font)
    one_cmap(font)
    if rename:
        family, postscript = rename
        for record in font["name"].names:
            if record.nameID in (1, 3, 4):
                record.string = family
            elif record.nameID == 6:
                record.string = postscript
            elif record.nameID == 0:
                record.string = "Copyright (c) 2011, GlyphWiki Project. Modified: subset and renamed."
    subset.save_font(font, os.path.join(HERE, name), options)
    size = os.path.getsize(os.path.join(HERE, name))
    print(f"{name:12} {len(wanted):6} characters {size:8} bytes")


def main():
    biz = covered(GOTHIC)
    latin = {cp for cp in biz if is_latin(cp)}
    supplement = {cp for cp in repertoire("euc_jp", b"\x8f") if any(a <= cp <= b for a, b in NAME_RADICALS)}
    rare = supplement | set(range(0xF900, 0xFADA)) | set(range(0x2E80, 0x2F00))
    rare = (rare | {ord(c) for c in BEYOND}) - biz

    write(MINCHO, "title.ttf", {ord(c) for c in TITLE} & covered(MINCHO))
    write(LATIN, "latin.ttf", latin)
    write(GOTHIC, "gothic.ttf", biz - latin)
    rare &= covered(HANAZONO)
    missing = {ord(c) for c in BEYOND} - rare - biz
    if missing:
        raise SystemExit("HanaMinA lacks " + "".join(map(chr, sorted(missing))))
    write(HANAZONO, "rare.ttf", rare, rename=("Uketsuke Rare Kanji", "UketsukeRareKanji"))


if __name__ == "__main__":
    main()
