"""Pictures as SVG in the colours of the page, each with the same in words."""

from banian.report.pictures.calibration import draw_calibration as draw_calibration
from banian.report.pictures.importance import draw_importance as draw_importance
from banian.report.pictures.learning import draw_learning as draw_learning
from banian.report.pictures.picture import Picture as Picture
from banian.report.pictures.scenes import draw_scenes as draw_scenes
from banian.report.pictures.skill import draw_skill as draw_skill
