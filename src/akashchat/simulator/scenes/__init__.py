"""Every trouble the simulator can play, by name."""

from typing import Final

from akashchat.simulator.scenario import Scenario
from akashchat.simulator.scenes import app, characters, errors, images, line, text
from akashchat.simulator.stage import Stage

SCENARIOS: Final[dict[str, Scenario[Stage]]] = {
    scene.name: scene for scenes in (text, errors, characters, line, app, images) for scene in scenes.SCENES
}
