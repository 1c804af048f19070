"""The site: sphinx-build -W docs docs/_build."""

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_tools"))

os.environ.setdefault("MPLBACKEND", "Agg")

import matplotlib
from gallery_order import ORDER
from inventories import mapping

import sklearn_gd

matplotlib.use("Agg")

project = "sklearn_gd"
author = "The sklearn_gd developers"
project_copyright = f"2026, {author}"
version = release = sklearn_gd.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "languages",
    "links",
    "pictures",
    "touch",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = [
    "_build",
    "_tools",
    "**/GALLERY_HEADER.rst",
    "sg_execution_times.rst",
]
templates_path = ["_templates"]
# The start page lists pages by pattern; a pattern may have none yet.
suppress_warnings = ["toc.empty_glob", "config.cache"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

intersphinx_mapping = mapping(HERE / "generated" / "inventories")
intersphinx_timeout = 10
# What can be pasted: without prompts and outputs.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_exclude = ".linenos, .gp, .go"

autosummary_generate = True
default_role = "py:obj"
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"  # shapes and units stand in the docstrings
numpydoc_show_class_members = False  # the template lists them
numpydoc_class_members_toctree = False

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"(^|/)(?!plot_)\w+\.py$",
    "subsection_order": [f"../examples/{section}" for section in ORDER],
    "within_subsection_order": "gallery_order.InOrder",
    "capture_repr": ("_repr_html_",),
    "image_srcset": ["2x"],
    "show_memory": False,
    "write_computation_times": False,
    "download_all_examples": False,
    "plot_gallery": "True",
    "matplotlib_animations": True,
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("sklearn_gd",),
    "reference_url": {"sklearn_gd": None},
}

html_theme = "pydata_sphinx_theme"
html_title = "sklearn_gd"
html_static_path = ["_static"]
html_css_files = ["sklearn_gd.css"]
html_js_files = ["same_place.js"]
html_show_sourcelink = False
html_scaled_image_link = False
html_context = {"default_mode": "auto"}
html_favicon = "_static/favicon.svg"
html_logo = "_static/favicon.svg"
# Chinese pages are few: the start page and the head lead to them.
html_sidebars = {"zh/**": []}
html_theme_options = {
    "logo": {"text": "sklearn_gd", "alt_text": "", "link": "index"},
    "navbar_align": "left",
    "navbar_end": ["sister", "theme-switcher"],
    "header_links_before_dropdown": 6,
    "show_prev_next": True,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": ["version"],
}


def close_sessions(app, docname, source):
    """Sessions end with a blank line for doctest, which the eye does not need."""
    source[0] = re.sub(r"\n\n```\n", "\n```\n", source[0])


def setup(app):
    app.connect("source-read", close_sessions)
