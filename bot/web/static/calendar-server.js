// What the calendar asks of the server: the deliveries of some days, and to move one.
export async function fetchDeliveries(source, start, end) {
  const url = new URL(source, location.href);
  url.searchParams.set("start", start);
  url.searchParams.set("end", end);
  const answer = await fetch(url, { headers: { accept: "application/json" }, redirect: "error" });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return { given: await answer.json(), cut: answer.headers.get("x-cut") };  // how many, if there are more
}

export async function move(address, body) {  // whether it is moved, and what the server says of it
  try {
    const answer = await fetch(address, {
      method: "POST",
      redirect: "error",  // to the sign-in, say: that is no yes
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        "x-csrf-token": document.querySelector("meta[name=csrf]").content,
      },
      body: JSON.stringify(body),
    });
    const { detail } = await answer.json();
    return { moved: answer.ok, said: typeof detail === "string" ? detail : "" };
  } catch {
    return { moved: false, said: "" };
  }
}
