"""Everything that acts: look at the portal, lock, send, settle, stop, tell.

``look`` what the portal has · ``lock`` one run at a time · ``apply`` a plan: ``send`` it, ``recovery`` of an interrupted
run, ``stop`` early, ``progress`` ·
``outcome`` how it ended · ``notify`` whom to tell.
"""
