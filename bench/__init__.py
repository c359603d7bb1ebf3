"""What the gateway costs: ``make bench``, explained in ``docs/cost.md``.

``upstream`` plays Akash at a given pace, ``floor`` is the least a relay can be, ``load`` asks, ``servers``
starts and accounts processes, ``figures`` says what is measured, ``table`` shows it.
"""
