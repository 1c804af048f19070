"""Two languages: what a page and the theme around it are written in, and the switch."""

from docutils import nodes

CHINESE = "zh/"
# What the theme says around a page.
WORDS = {
    "Announcement": "公告",
    "Back to top": "回到顶部",
    "Breadcrumb": "所在位置",
    "Collapse Sidebar": "收起侧边栏",
    "Color mode": "颜色模式",
    "Dark": "深色",
    "Expand Sidebar": "展开侧边栏",
    "Home": "首页",
    "Light": "浅色",
    "On this page": "本页内容",
    "Search": "搜索",
    "Section Navigation": "本部分导航",
    "Site navigation": "网站导航",
    "Skip to main content": "跳到正文",
    "System Settings": "跟随系统",
    "Version warning": "版本提示",
    "next": "下一页",
    "next page": "下一页",
    "previous": "上一页",
    "previous page": "上一页",
}
HEADING_LINK = 'title="Link to this heading"'


def sister_of(page):
    """The name of the same page in the other language, if there is one."""
    return page.removeprefix(CHINESE) if page.startswith(CHINESE) else CHINESE + page


def places(app, page):
    """The places of a page that an address can end with, from top to bottom."""
    sections = app.env.get_doctree(page).findall(nodes.section)
    return [section["ids"][0] for section in sections]


def same_places(app, page):
    """Pairs of places, here and on the sister; none if they are built otherwise."""
    ours, theirs = places(app, page), places(app, sister_of(page))
    return list(zip(ours, theirs, strict=True)) if len(ours) == len(theirs) else []


def speak_chinese(context):
    """What the theme says, in Chinese; phrases that it may add stay as they are."""
    context["language"] = "zh-CN"
    context["_"] = lambda phrase: WORDS.get(phrase, phrase)
    context["theme_search_bar_text"] = "搜索文档……"
    context["body"] = context.get("body", "").replace(
        HEADING_LINK, 'title="本节的链接"'
    )


def tell_language(app, page, template, context, doctree):
    """What the templates need: ``language``, and where the switch leads to."""
    chinese = page.startswith(CHINESE)
    if chinese:
        speak_chinese(context)
    if sister_of(page) in app.env.found_docs:
        words = ("English", "en") if chinese else ("中文", "zh-CN")
        context["sister"] = (context["pathto"](sister_of(page)), *words)
        context["same_places"] = same_places(app, page)


def setup(app):
    app.connect("html-page-context", tell_language)
    return {"parallel_read_safe": True}
