"""Everything on a screen. Modules called ``logic`` import no Qt: they decide what is shown."""
