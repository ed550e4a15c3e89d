# Runs the notebook on the checkpoint in $SVDLENS_DATA with the oracle beside it; it fails where a figure differs.

set(data "$ENV{SVDLENS_DATA}")
set(model "${data}/memory_gated_mlp.safetensors")
if(data STREQUAL "" OR NOT EXISTS "${model}")
    message(NOTICE "SKIPPED: SVDLENS_DATA names no folder with memory_gated_mlp.safetensors")
    return()
endif()
execute_process(COMMAND "${PROGRAM}" "${model}" "${data}/memory_gated_mlp.folded.oracle.json"
    OUTPUT_VARIABLE text RESULT_VARIABLE failed)
if(failed OR NOT text MATCHES "[1-9][0-9]* figures beside the oracle's, 0 differ")
    message(FATAL_ERROR "${text}")
endif()
